// Written by terraform-provider-turso. Change it in Terraform: edits made here are overwritten.
//
// Turso takes a token without claims as access to every database of the organization, and it accepts any token that
// this tenant signs. So every token of a login gets claims, or the login is denied. Auth0 drops claims from tokens for
// its own APIs, so none of their audiences is listed, and whatever is not listed is denied.

RULES GO HERE

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
