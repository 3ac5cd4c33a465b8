data "turso_jwt_template" "reports" {
  database    = "app"
  scope       = "read-only"
  permissions = ["all:data_read"]
}

# For the attribute `code` of an `auth0_action` on the trigger `credentials-exchange`. The keys are the client IDs of
# machine-to-machine applications: one that is not listed is denied a token.
output "code_by_client" {
  value = provider::turso::auth0_credentials_action({
    Xk3vq9GmT1 = data.turso_jwt_template.reports.json
  })
}
