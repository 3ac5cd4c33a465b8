data "turso_jwt_template" "reader" {
  database    = "app"
  scope       = "read-only"
  permissions = ["all:data_read"]
}

data "turso_jwt_template" "author" {
  database    = "app"
  permissions = ["all:data_read", "posts:data_add,data_update"]
}

# Logins: authors of one customer may write, and whoever has the role "reader" may read. Nobody else gets a token.
data "turso_auth0_action" "login" {
  trigger   = "post-login"
  audiences = ["https://turso.tech/acme/app"]

  rules = [
    { role = "author", organization_id = "org_1", claims = data.turso_jwt_template.author.json },
    { role = "reader", any_organization = true, claims = data.turso_jwt_template.reader.json },
  ]

  # Another API of the same tenant. Its tokens open no database.
  no_access_audiences = ["https://api.shop.example.com"]
}

# Machines: one client may read. Terraform's own client needs the Management API, and could open everything.
data "turso_auth0_action" "machines" {
  trigger   = "credentials-exchange"
  audiences = ["https://turso.tech/acme/app"]

  rules = [
    { client_id = "Xk3vq9GmT1", claims = data.turso_jwt_template.reader.json },
  ]

  no_access_audiences  = ["https://api.shop.example.com"]
  unrestricted_clients = ["tF7managesTheTenant"]
}

# For an `auth0_action`: `code`, and the trigger and its version for `supported_triggers`.
output "login" {
  value = {
    code    = data.turso_auth0_action.login.code
    version = data.turso_auth0_action.login.trigger_version
    summary = data.turso_auth0_action.login.summary
  }
}
