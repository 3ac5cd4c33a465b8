data "turso_jwt_template" "member" {
  database    = "app"
  permissions = ["all:data_read", "comments:data_add,data_update"]
}

# For the attribute `claims` of a `clerk_jwt_template`, or for Clerk's dashboard.
output "clerk_claims" {
  value = provider::turso::clerk_claims(data.turso_jwt_template.member.json)
}

# For another JWT template, which has nothing to do with Turso: its tokens open nothing.
output "claims_for_another_service" {
  value = provider::turso::clerk_claims(
    provider::turso::no_access_claims(),
    { aud = "https://api.example.com", role = "{{org.role}}" },
  )
}
