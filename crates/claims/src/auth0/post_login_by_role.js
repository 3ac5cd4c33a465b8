// Written by terraform-provider-turso. Change it in Terraform: edits made here are overwritten.
//
// Turso takes a token without these claims as access to every database of the organization, and it accepts any
// token that this tenant signs. So each token of a login gets the claims of the user's role, ID tokens too, or the
// login is denied: where no role of the user is listed, and where several are, because claims can't be added up.

const CLAIMS_BY_ROLE = new Map([
CLAIMS_GO_HERE
]);

// Auth0 drops claims like these from tokens for its own APIs, without an error.
const AUTH0_API = /^https:\/\/[^/]+\.auth0\.com\/(api|api\/v2|me|mfa)\/?$/i;

exports.onExecutePostLogin = async (event, api) => {
  if (AUTH0_API.test(event.resource_server?.identifier ?? '')) {
    return api.access.deny('A token for an API of Auth0 itself can not carry the claims that limit it in Turso.');
  }
  const roles = new Set(event.authorization?.roles ?? []);
  const listed = [...CLAIMS_BY_ROLE.keys()].filter((role) => roles.has(role));
  if (listed.length === 0) {
    return api.access.deny('No role of this user gives access to Turso.');
  }
  if (listed.length > 1) {
    return api.access.deny(`Only one role may give access to Turso, and this user has several: ${listed.join(', ')}.`);
  }
  for (const [name, value] of Object.entries(CLAIMS_BY_ROLE.get(listed[0]))) {
    api.accessToken.setCustomClaim(name, value);
    api.idToken.setCustomClaim(name, value);
  }
};
