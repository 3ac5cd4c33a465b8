// Written by terraform-provider-turso. Change it in Terraform: edits made here are overwritten.
//
// Turso takes a token without claims as access to every database of the organization, and it accepts any token that
// this tenant signs. So every token of a login gets claims, or the login is denied. Auth0 drops claims from tokens for
// its own APIs, so none of their audiences is listed, and whatever is not listed is denied.

const AUDIENCES = new Set([
  'https://turso.example.com',
]);
const NO_ACCESS_AUDIENCES = new Set([
  'https://api.shop.example.com',
]);

// The first that fits counts.
const RULES = [
  // role "author" in organization "org_1": every database of group 0b6ff1d2…: every table: read; "it's \"odd\"": add
  { role: 'author', organization: 'org_1', claims: JSON.parse('{"a":"rw","gid":"0b6ff1d2-8f3f-4f0e-9a53-3b8f0a4b9c11","perm":[{"a":["data_read"],"t":null},{"a":["data_add"],"t":["it\'s \\"odd\\""]}]}') },
  // role "reader" outside of organizations: database 33057661…: read-only; every table: read
  { role: 'reader', claims: JSON.parse('{"a":"ro","id":"33057661-2f0c-4d3c-9f0b-0a1b2c3d4e5f","perm":[{"a":["data_read"],"t":null}]}') },
  // role "support" in any organization or none: database 33057661…: read-only; every table: read
  { role: 'support', anyOrganization: true, claims: JSON.parse('{"a":"ro","id":"33057661-2f0c-4d3c-9f0b-0a1b2c3d4e5f","perm":[{"a":["data_read"],"t":null}]}') },
  // everyone in organization "org_1": nothing
  { organization: 'org_1', claims: JSON.parse('{"a":"ro","id":"c7645888-0bd9-4823-8829-0681499ff7fb","perm":[{"a":["data_read"],"t":["sqlite_no_access"]}]}') },
];
const DENY_UNMATCHED = true;
const ID_TOKEN = false;

// Claims that open nothing.
const NO_ACCESS = JSON.parse('{"a":"ro","id":"c7645888-0bd9-4823-8829-0681499ff7fb","perm":[{"a":["data_read"],"t":["sqlite_no_access"]}]}');

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

exports.onExecutePostLogin = async (event, api) => {
  const audiences = audiencesOf(event);
  if (!audiences.every(isListed)) {
    return api.access.deny('Tokens for this audience are not given out: the Action of Turso does not list it.');
  }
  const claims = claimsOfRule(event);
  const isForTurso = audiences.length > 0 && audiences.every((audience) => AUDIENCES.has(audience));
  if (isForTurso && claims === undefined && DENY_UNMATCHED) {
    return api.access.deny('No rule gives access to Turso.');
  }
  // Without an audience the access token is no JWT, and only the ID token counts.
  setClaims(api.accessToken, isForTurso ? (claims ?? NO_ACCESS) : NO_ACCESS);
  setClaims(api.idToken, ID_TOKEN ? (claims ?? NO_ACCESS) : NO_ACCESS);
};
