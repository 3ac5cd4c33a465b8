# What the application has in its session tokens already goes beside Turso's claims: there is one set of them.
locals {
  session_claims = provider::turso::clerk_session_claims(
    provider::turso::no_access_claims(),
    { email = "{{user.primary_email_address}}" },
  )
}

# For `config` of a `clerk_instance_config`, or for Clerk's command `config patch`.
output "config" {
  value = jsonencode({ session = { claims = jsondecode(local.session_claims) } })
}
