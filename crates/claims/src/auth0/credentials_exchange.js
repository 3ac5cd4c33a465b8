// Written by terraform-provider-turso. Change it in Terraform: edits made here are overwritten.
//
// Turso takes a token without these claims as access to every database of the organization, and it accepts any
// token that this tenant signs. So the token of each machine-to-machine client gets the claims. Auth0 drops them
// from tokens for its own APIs: a client that may ask for one administers this tenant, and this Action with it.

CLAIMS_GO_HERE

exports.onExecuteCredentialsExchange = async (event, api) => {
  for (const [name, value] of Object.entries(CLAIMS)) {
    api.accessToken.setCustomClaim(name, value);
  }
};
