// Written by terraform-provider-turso. Change it in Terraform: edits made here are overwritten.
//
// Turso takes a token without these claims as access to every database of the organization, and it accepts any
// token that this tenant signs. So each token of a login gets the claims, ID tokens too, or the login is denied.

// every database of group 0b6ff1d2…: every table: read; "it's \"odd\"": add
const CLAIMS = JSON.parse('{"a":"rw","gid":"0b6ff1d2-8f3f-4f0e-9a53-3b8f0a4b9c11","perm":[{"a":["data_read"],"t":null},{"a":["data_add"],"t":["it\'s \\"odd\\""]}]}');

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
