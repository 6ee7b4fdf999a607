"""Functions that CloudFormation calls while it deploys: those of custom resources. They need nothing of the layer."""
