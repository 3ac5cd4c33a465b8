// Every audience that the token is asked for. One that is not text is not listed.
function audiencesOf({ resource_server: resourceServer, request }) {
  const named = [request?.query?.audience, request?.body?.audience].filter((audience) => audience !== undefined);
  return resourceServer ? [resourceServer.identifier, ...named] : named;
}

function isListed(audience) {
  return AUDIENCES.has(audience) || NO_ACCESS_AUDIENCES.has(audience);
}

// The claims of the first rule that fits, or undefined.
function claimsOfRule(event) {
  return RULES.find((rule) => fits(rule, event))?.claims;
}

// Without an organization, a rule fits only where there is none.
function fits(rule, { authorization, client, organization }) {
  const fitsRole = rule.role === undefined || (authorization?.roles ?? []).includes(rule.role);
  const fitsClient = rule.client === undefined || client?.client_id === rule.client;
  const fitsOrganization =
    rule.anyOrganization ||
    (rule.organization === undefined ? !organization : organization?.id === rule.organization);
  return fitsRole && fitsClient && fitsOrganization;
}

function setClaims(token, claims) {
  for (const [name, value] of Object.entries(claims)) {
    token.setCustomClaim(name, value);
  }
}
