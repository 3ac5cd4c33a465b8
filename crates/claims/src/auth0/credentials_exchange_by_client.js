// Written by terraform-provider-turso. Change it in Terraform: edits made here are overwritten.
//
// Turso takes a token without these claims as access to every database of the organization, and it accepts any
// token that this tenant signs. So the token of a machine-to-machine client gets the claims of that client, and a
// client that is not listed is denied.

const CLAIMS_BY_CLIENT_ID = new Map([
CLAIMS_GO_HERE
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
