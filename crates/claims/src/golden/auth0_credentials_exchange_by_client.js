// Written by terraform-provider-turso. Change it in Terraform: edits made here are overwritten.
//
// Turso takes a token without these claims as access to every database of the organization, and it accepts any
// token that this tenant signs. So the token of a machine-to-machine client gets the claims of that client, and a
// client that is not listed is denied.

const CLAIMS_BY_CLIENT_ID = new Map([
  // every database of group 0b6ff1d2…: every table: read; "it's \"odd\"": add
  ['editor', JSON.parse('{"a":"rw","gid":"0b6ff1d2-8f3f-4f0e-9a53-3b8f0a4b9c11","perm":[{"a":["data_read"],"t":null},{"a":["data_add"],"t":["it\'s \\"odd\\""]}]}')],
  // database 33057661…: read-only; every table: read
  ['reader', JSON.parse('{"a":"ro","id":"33057661-2f0c-4d3c-9f0b-0a1b2c3d4e5f","perm":[{"a":["data_read"],"t":null}]}')],
]);

// Auth0 drops claims like these from tokens for its own APIs. A client that may ask for one administers this tenant,
// and this Action with it: to deny it would protect nothing, and lock out Terraform.
const AUTH0_API = /^https:\/\/[^/]+\.auth0\.com\/(api|api\/v2|me|mfa)\/?$/i;

exports.onExecuteCredentialsExchange = async (event, api) => {
  if (AUTH0_API.test(event.resource_server?.identifier ?? '')) {
    return;
  }
  const claims = CLAIMS_BY_CLIENT_ID.get(event.client.client_id);
  if (claims === undefined) {
    return api.access.deny('invalid_request', 'This client has no access to Turso.');
  }
  for (const [name, value] of Object.entries(claims)) {
    api.accessToken.setCustomClaim(name, value);
  }
};
