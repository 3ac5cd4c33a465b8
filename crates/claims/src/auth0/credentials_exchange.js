// Written by terraform-provider-turso. Change it in Terraform: edits made here are overwritten.
//
// Turso takes a token without claims as access to every database of the organization, and it accepts any token that
// this tenant signs. So every token of a machine gets claims, or it is denied. Auth0 drops claims from tokens for its
// own APIs: whatever is not listed is denied, but for the unrestricted clients, which open everything.

RULES GO HERE

exports.onExecuteCredentialsExchange = async (event, api) => {
  const audiences = audiencesOf(event);
  if (audiences.length === 0) {
    return api.access.deny('invalid_request', 'A token needs an audience.');
  }
  if (!audiences.every(isListed) && !UNRESTRICTED_CLIENTS.has(event.client?.client_id)) {
    return api.access.deny(
      'invalid_request',
      'Tokens for this audience are not given out: the Action of Turso does not list it.',
    );
  }
  const matched = claimsOfRule(event);
  const isForTurso = audiences.every((audience) => AUDIENCES.has(audience));
  if (isForTurso && matched === undefined && DENY_UNMATCHED) {
    return api.access.deny('invalid_request', 'No rule gives access to Turso.');
  }
  const claims = isForTurso ? (matched ?? NO_ACCESS) : NO_ACCESS;
  // What an earlier Action set, and these claims don't overwrite, could open more than they do.
  const earlier = Object.keys(event.accessToken?.customClaims ?? {});
  if (earlier.some((name) => READ_BY_TURSO.has(name.toLowerCase()) && !Object.hasOwn(claims, name))) {
    return api.access.deny('server_error', 'Another Action has set a claim that Turso reads.');
  }
  setClaims(api.accessToken, claims);
};
