variable "token" {
  description = "A token that the identity provider has just issued. Without one, nothing is asked."
  type        = string
  sensitive   = true
  ephemeral   = true
  default     = null
}

data "turso_jwt_template" "reader" {
  database    = "app"
  scope       = "read-only"
  permissions = ["all:data_read"]
}

resource "turso_jwks_endpoint" "clerk" {
  name = "clerk"
  url  = "https://clerk.example.com/.well-known/jwks.json"
}

# A warning where the database does not take the token once the endpoint is registered.
ephemeral "turso_access_probe" "reader" {
  token    = var.token
  hostname = data.turso_jwt_template.reader.hostname
  expect   = "accepted"
  after    = turso_jwks_endpoint.clerk.registration
  wait     = 60
}
