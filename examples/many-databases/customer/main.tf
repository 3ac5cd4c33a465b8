# One customer: their database, and what tokens for it may do.
#
# Where Terraform makes the database too, put its resource in here, and let both templates refer to it. A template waits for
# the resources of its own module and no others, so a new customer leaves the templates of the others alone: the plan reads
# them, and shows what their tokens may do.

terraform {
  required_providers {
    turso = {
      source = "turso-community/turso"
    }
  }
}

variable "database" {
  description = "Name of the customer's database."
  type        = string
}

# The people of a customer read and write data, and change no table.
data "turso_jwt_template" "people" {
  database    = var.database
  permissions = ["all:data_read,data_add,data_update,data_delete"]
}

# A service only reads.
data "turso_jwt_template" "service" {
  database    = var.database
  scope       = "read-only"
  permissions = ["all:data_read"]
}

output "people" {
  description = "The claims for tokens of the customer's people."
  value       = data.turso_jwt_template.people.json
}

output "service" {
  description = "The claims for tokens of the service that works for the customer."
  value       = data.turso_jwt_template.service.json
}

output "summary" {
  description = "What the people of the customer may do."
  value       = data.turso_jwt_template.people.summary
}
