// Written by terraform-provider-turso. Change it in Terraform: edits made here are overwritten.
//
// Turso takes a token without these claims as access to every database of the organization, and it accepts any
// token that this tenant signs. So the token of each machine-to-machine client gets the claims. Auth0 drops them
// from tokens for its own APIs: a client that may ask for one administers this tenant, and this Action with it.

// every database of group 0b6ff1d2…: every table: read; "it's \"odd\"": add
const CLAIMS = JSON.parse('{"a":"rw","gid":"0b6ff1d2-8f3f-4f0e-9a53-3b8f0a4b9c11","perm":[{"a":["data_read"],"t":null},{"a":["data_add"],"t":["it\'s \\"odd\\""]}]}');

exports.onExecuteCredentialsExchange = async (event, api) => {
  for (const [name, value] of Object.entries(CLAIMS)) {
    api.accessToken.setCustomClaim(name, value);
  }
};
