# By its name, in the provider's organization.
terraform import turso_jwks_endpoint.clerk clerk

# By organization and name. Quote what a shell would split; a name that holds a slash needs this form.
terraform import turso_jwks_endpoint.clerk 'acme/Clerk Production'
