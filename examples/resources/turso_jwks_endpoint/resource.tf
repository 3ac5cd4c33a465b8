# What the identity provider puts into its tokens. It comes first: Turso takes a token without these claims as access to
# everything in the organization.
data "turso_jwt_template" "app" {
  database    = "app"
  permissions = ["all:data_read", "comments:data_add,data_update"]
}

resource "turso_jwks_endpoint" "clerk" {
  name = "clerk"
  url  = "https://clerk.example.com/.well-known/jwks.json"

  # A token without claims would open whatever else is there, so nothing else may be.
  only_databases = ["app"]
}
