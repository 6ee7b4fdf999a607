"""Lambda functions, their code, their permissions and their rollout."""
