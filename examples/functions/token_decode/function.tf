variable "token" {
  description = "A token that the identity provider has issued."
  type        = string
  sensitive   = true
}

# A warning in every plan and apply while the token reaches further than it should.
check "token" {
  assert {
    condition     = provider::turso::token_decode(var.token).reach == "database"
    error_message = nonsensitive(provider::turso::token_decode(var.token).summary)
  }
}
