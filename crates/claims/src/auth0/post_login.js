// Written by terraform-provider-turso. Change it in Terraform: edits made here are overwritten.
//
// Turso takes a token without these claims as access to every database of the organization, and it accepts any
// token that this tenant signs. So each token of a login gets the claims, ID tokens too, or the login is denied.

CLAIMS_GO_HERE

// Auth0 drops claims like these from tokens for its own APIs, without an error.
const AUTH0_API = /^https:\/\/[^/]+\.auth0\.com\/(api|api\/v2|me|mfa)\/?$/i;

exports.onExecutePostLogin = async (event, api) => {
  if (AUTH0_API.test(event.resource_server?.identifier ?? '')) {
    return api.access.deny('A token for an API of Auth0 itself can not carry the claims that limit it in Turso.');
  }
  for (const [name, value] of Object.entries(CLAIMS)) {
    api.accessToken.setCustomClaim(name, value);
    api.idToken.setCustomClaim(name, value);
  }
};
