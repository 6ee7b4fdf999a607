"""Authentication: tokens of a user pool for people and machines, and AWS signatures for routes that require one."""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from aws_cdk import (
    CfnOutput,
    Duration,
    RemovalPolicy,
    Stack,
    aws_apigateway as apigateway,
    aws_cognito as cognito,
    aws_iam as iam,
)
from constructs import Construct

from dynamodel import DeclarationError
from lambdas.rest.operation import SCOPES, construct_id
from lambdas.rest.resource import Resource
from lambdas.rest.routes import routes
from stacks.functions.function import INLINE
from stacks.nag import accept
from stacks.nested import stack_uuid
from stacks.stage import Stage

OWN = ("Browser", "Domain", "Machine", "Resource")  # what is in the pool besides scopes, by its name
MAX_SCOPES = 50  # of a client, Cognito's limit
SIGN_IN = (cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL)


class TooManyScopes(DeclarationError):
    """The scopes of the resources are more than a client may have."""


class Identity(Construct):
    """The user pool with its scopes and clients, the gateway's authorizer, and a role for people who sign."""

    def __init__(
        self,
        scope: Construct,
        *,
        api: apigateway.RestApi,
        resources: Sequence[Resource],
        pages: Sequence[str] = (),
        stage: Stage,
    ) -> None:
        """Make the pool, the scopes of these resources, the clients and the authorizer.

        Args:
            scope: The stack.
            api: Asks for tokens and signatures.
            resources: Those whose routes need them.
            pages: The service's own, to which people come back after signing in; the stage has those of others.
            stage: The stage.
        """
        super().__init__(scope, "Identity")
        self.requires_keys = stage.daily_quota > 0
        self.users = Users(self, stage)
        self.domain = self.users.add_domain(
            "Domain", cognito_domain=cognito.CognitoDomainOptions(domain_prefix=f"{stage.name}-{stack_uuid(self)}")
        )
        scopes = [scope for prefix in prefixes(resources) for scope in self.scopes(prefix)]
        self.machine = machine_client(self.users, scopes)
        self.browser = browser_client(self.users, scopes, [*stage.callback_urls, *pages])
        self.signers = Signers(self, users=self.users, client=self.browser, may_call=signed(api, resources))
        self.tell()

    @cached_property
    def authorizer(self) -> apigateway.CognitoUserPoolsAuthorizer:
        """The gateway's authorizer; the CDK refuses one that no method uses, as where all routes are public."""
        return apigateway.CognitoUserPoolsAuthorizer(
            self,
            "Authorizer",
            cognito_user_pools=[self.users],
            results_cache_ttl=Duration.seconds(0),  # an expired token is expired, not five minutes later
        )

    def scopes(self, prefix: str) -> Iterator[cognito.OAuthScope]:
        """Make the scopes that begin so, with the resource server that they belong to."""
        each = [
            cognito.ResourceServerScope(scope_name=name, scope_description=f"{verb} {prefix}")
            for name, verb in SCOPES.items()
        ]
        name = f"{construct_id(prefix)}Scopes" if construct_id(prefix) in OWN else construct_id(prefix)
        server = self.users.add_resource_server(name, identifier=prefix, scopes=each)
        return (cognito.OAuthScope.resource_server(server, scope) for scope in each)

    def authorization(self, scopes: Sequence[str], *, signed: bool = False) -> dict[str, Any]:
        """Return the options of an API method that requires a token with one of the scopes, a signature, or nothing."""
        key = {"api_key_required": True} if self.requires_keys else {}
        if scopes:
            by_token = {"authorizer": self.authorizer, "authorization_scopes": [*scopes]}
            return {"authorization_type": apigateway.AuthorizationType.COGNITO, **by_token, **key}
        kind = apigateway.AuthorizationType.IAM if signed else apigateway.AuthorizationType.NONE
        return {"authorization_type": kind, **key}

    def tell(self) -> None:
        """Output the settings of clients; the machine client's secret is read from Cognito."""
        outputs = {
            "UserPoolId": self.users.user_pool_id,
            "MachineClientId": self.machine.user_pool_client_id,
            "BrowserClientId": self.browser.user_pool_client_id,
            "IdentityPoolId": self.signers.pool.ref,
            "SignInUrl": self.domain.base_url(),
        }
        for name, value in outputs.items():
            CfnOutput(Stack.of(self), name, value=value)


def prefixes(resources: Sequence[Resource]) -> list[str]:
    """Return the prefixes of the scopes of these resources. Raises TooManyScopes where a client could not have all."""
    found = list(dict.fromkeys(resource.scope_prefix for resource in resources))
    fit = (MAX_SCOPES - len(SIGN_IN)) // len(SCOPES)
    if len(found) > fit:
        raise TooManyScopes(
            f"{len(found)} resources have scopes of their own, and a client of Cognito may have those of {fit}:"
            ' let resources share some, Resource(..., scopes="catalog") in each of them (docs/security.md).'
        )
    return found


class Users(cognito.UserPool):
    """The people who may sign in; a pool outlives its stack where data is kept."""

    def __init__(self, scope: Construct, stage: Stage) -> None:
        """Make the pool. What people sign in with cannot be changed later without a new pool."""
        super().__init__(
            scope,
            "Users",
            feature_plan=cognito.FeaturePlan.ESSENTIALS,  # the rotation of refresh tokens needs it
            sign_in_aliases=cognito.SignInAliases(email=True),
            sign_in_case_sensitive=False,
            self_sign_up_enabled=False,  # whoever can sign in gets every scope: people are invited
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=True,
                temp_password_validity=Duration.days(3),
            ),
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),  # text messages can be intercepted
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            deletion_protection=stage.keep_data,
            removal_policy=RemovalPolicy.RETAIN if stage.keep_data else RemovalPolicy.DESTROY,
        )
        accept(
            self,
            COG2="A second factor is each person's choice: an app that asks everybody for one sets mfa to REQUIRED.",
            COG8="The Plus plan (threat protection) is charged by the person who signs in: a team's choice.",
        )


class Signers(Construct):
    """An identity pool that exchanges a user's token for credentials of a role, to sign requests with."""

    def __init__(
        self, scope: Construct, *, users: cognito.UserPool, client: cognito.UserPoolClient, may_call: Sequence[str]
    ) -> None:
        """Allow users who signed in through this client to call these methods."""
        super().__init__(scope, "Signers")
        provider = cognito.CfnIdentityPool.CognitoIdentityProviderProperty(
            provider_name=users.user_pool_provider_name,
            client_id=client.user_pool_client_id,
            server_side_token_check=True,  # a signed-out or disabled person gets no more credentials
        )
        self.pool = cognito.CfnIdentityPool(
            self, "Pool", allow_unauthenticated_identities=False, cognito_identity_providers=[provider]
        )
        invoke = iam.PolicyStatement(actions=["execute-api:Invoke"], resources=[*may_call])
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.WebIdentityPrincipal("cognito-identity.amazonaws.com", self.trust()),
            inline_policies={"Routes": iam.PolicyDocument(statements=[invoke])} if may_call else None,
        )
        accept(role, IAMNoInlinePolicy=INLINE)
        self.role = role.without_policy_updates()
        cognito.CfnIdentityPoolRoleAttachment(
            self, "Attachment", identity_pool_id=self.pool.ref, roles={"authenticated": self.role.role_arn}
        )

    def trust(self) -> dict[str, Any]:
        """Return the conditions of trust: authenticated identities of this pool only."""
        return {
            "StringEquals": {"cognito-identity.amazonaws.com:aud": self.pool.ref},
            "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
        }


def signed(api: apigateway.RestApi, resources: Sequence[Resource]) -> list[str]:
    """Return the ARNs of the methods that require a signature, of any item."""
    return [
        api.arn_for_execute_api(
            method, re.sub(r"{\w+}", "*", route.full_path(resource)), api.deployment_stage.stage_name
        )
        for resource in resources
        for route in routes(resource)
        for method in route.methods
        if route.access == "iam"
    ]


def machine_client(users: cognito.UserPool, scopes: Sequence[cognito.OAuthScope]) -> cognito.UserPoolClient:
    """Add the client of programs: it has a secret, and gets tokens in its own name."""
    return users.add_client(
        "Machine",
        generate_secret=True,
        o_auth=cognito.OAuthSettings(flows=cognito.OAuthFlows(client_credentials=True), scopes=[*scopes]),
        access_token_validity=Duration.hours(1),
    )


def browser_client(
    users: cognito.UserPool, scopes: Sequence[cognito.OAuthScope], pages: Sequence[str]
) -> cognito.UserPoolClient:
    """Add the client of pages and apps, which cannot keep a secret: the authorization code needs PKCE."""
    return users.add_client(
        "Browser",
        generate_secret=False,
        o_auth=cognito.OAuthSettings(
            flows=cognito.OAuthFlows(authorization_code_grant=True),
            scopes=[*SIGN_IN, *scopes],
            callback_urls=[*pages],
            logout_urls=[*pages],
        ),
        supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
        auth_flows=cognito.AuthFlow(user_srp=True),  # named, or Cognito adds the refresh that rotation excludes
        prevent_user_existence_errors=True,
        access_token_validity=Duration.hours(1),
        id_token_validity=Duration.hours(1),
        refresh_token_validity=Duration.days(30),
        refresh_token_rotation_grace_period=Duration.seconds(10),  # a stolen one is of use until the next refresh
    )
