"""A name of your own for the API: https://api.example.com instead of the gateway's."""

from aws_cdk import (
    CfnOutput,
    Stack,
    aws_apigateway as apigateway,
    aws_certificatemanager as acm,
    aws_route53 as route53,
    aws_route53_targets as targets,
)
from constructs import Construct

from stacks.stage import Stage


class Domain(Construct):
    """The API's domain name, with a record in Route 53 where the stage names a hosted zone."""

    def __init__(self, scope: Construct, *, api: apigateway.RestApi, stage: Stage) -> None:
        """Make the domain name with the stage's certificate, and map it to the API's stage."""
        super().__init__(scope, "Domain")
        name = apigateway.DomainName(
            self,
            "Name",
            domain_name=stage.domain,
            certificate=acm.Certificate.from_certificate_arn(self, "Certificate", stage.certificate_arn),
            endpoint_type=apigateway.EndpointType.REGIONAL,
            security_policy=apigateway.SecurityPolicy.TLS13_1_2_PFS_PQ_2025_09,
            endpoint_access_mode=apigateway.EndpointAccessMode.STRICT,
            mapping=api,
        )
        self.url = f"https://{stage.domain}/"
        if stage.hosted_zone_id:
            zone = route53.HostedZone.from_hosted_zone_attributes(
                self, "Zone", hosted_zone_id=stage.hosted_zone_id, zone_name=stage.domain
            )
            target = route53.RecordTarget.from_alias(targets.ApiGatewayDomain(name))
            route53.ARecord(self, "Record", zone=zone, target=target)
        CfnOutput(Stack.of(self), "DomainTarget", value=name.domain_name_alias_domain_name)  # for a CNAME elsewhere
