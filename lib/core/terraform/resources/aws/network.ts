import {
  alike,
  blocked,
  type Check,
  changed,
  effect,
  type Fields,
  firstAt,
  gainsBlock,
  isPublic,
  leavesState,
  losesBlock,
  on,
  opensTo,
  otherwise,
  plain,
  type RuleTable,
  removed,
  replaced,
  rule,
  switchState,
  turnedOff,
  turnedOn,
  turnsInto,
  type Watch,
  when,
} from '../vocabulary.ts';

const INGRESS_SOURCES = ['cidr_blocks', 'ipv6_cidr_blocks', 'cidr_ipv4', 'cidr_ipv6'];
const isOpen = (block: Fields): boolean =>
  INGRESS_SOURCES.some((source) => {
    const value = block[source];
    return Array.isArray(value) ? value.some(isPublic) : isPublic(value);
  });
const isIngress = (fields: Fields): boolean => fields.type === 'ingress';
const allows = (fields: Fields): boolean =>
  (fields.rule_action ?? fields.action) === 'allow' && switchState(fields.egress) !== true;
const isDeny = (fields: Fields): boolean => (fields.rule_action ?? fields.action) === 'deny';

/** A network ACL entry that lets everything in from everywhere. */
const opensAcl: Watch = (view) => {
  const open = (fields: Fields): boolean =>
    allows(fields) && [fields.cidr_block, fields.ipv6_cidr_block].some(isPublic);
  if (open(view.before) || !open(view.after)) return [];
  return effect('network_isolation_loss', {}, 'the network ACL allows traffic from everywhere', [
    { path: 'after.cidr_block', value: view.after.cidr_block ?? view.after.ipv6_cidr_block },
    { path: 'after.protocol', value: view.after.protocol ?? null },
  ]);
};

const opensAclList: Watch = gainsBlock(
  'ingress',
  'network_isolation_loss',
  'the network ACL allows traffic from everywhere',
  (block) => allows(block) && [block.cidr_block, block.ipv6_cidr_block].some(isPublic),
);

/** A default route to an internet gateway makes a subnet public. */
const toInternet: Watch = (view) => {
  const isWide = (fields: Fields): boolean =>
    isPublic(fields.destination_cidr_block ?? fields.cidr_block ?? fields.destination_ipv6_cidr_block) &&
    String(fields.gateway_id ?? '').startsWith('igw-');
  if (isWide(view.before) || !isWide(view.after)) return [];
  return effect('network_isolation_loss', {}, 'a default route to an internet gateway', [
    { path: 'after.gateway_id', value: view.after.gateway_id },
  ]);
};

const denies: Check = (view) => (isDeny(view.before) ? [{ path: 'rule_action', value: 'deny' }] : null);

/** VPC, security groups, load balancers, DNS and the edge. */
export const AWS_NETWORK: RuleTable = {
  aws_security_group: rule(
    ['network_isolation_loss'],
    [
      when(replaced, 2, 'a new id: whatever names the old one must follow'),
      otherwise(1, 'its rules are in configuration; refused while interfaces use it'),
    ],
    gainsBlock('ingress', 'security_group_public_ingress', 'ingress from everywhere', isOpen),
    unknownIngress,
  ),
  aws_default_security_group: rule(
    ['network_isolation_loss'],
    [leavesState(() => [])],
    gainsBlock('ingress', 'security_group_public_ingress', 'ingress from everywhere', isOpen),
  ),
  ...plain(
    1,
    'default network objects only leave state',
    [
      'aws_default_vpc',
      'aws_default_subnet',
      'aws_default_route_table',
      'aws_default_network_acl',
      'aws_default_vpc_dhcp_options',
    ],
    ['state_forget'],
    opensAclList,
  ),
  aws_security_group_rule: rule(
    [],
    [otherwise(1, 'the rule is in configuration')],
    opensTo(INGRESS_SOURCES, 'security_group_public_ingress', isIngress),
  ),
  aws_vpc_security_group_ingress_rule: rule(
    [],
    [otherwise(1, 'the rule is in configuration')],
    opensTo(INGRESS_SOURCES, 'security_group_public_ingress'),
  ),
  ...plain(1, 'the rule is in configuration', [
    'aws_vpc_security_group_egress_rule',
    'aws_ec2_managed_prefix_list',
    'aws_ec2_managed_prefix_list_entry',
  ]),
  aws_network_acl_rule: rule(
    [],
    [
      when(denies, 1, 'a deny rule is removed', { classes: ['network_isolation_loss'] }),
      otherwise(1, 'the rule is in configuration'),
    ],
    opensAcl,
    turnsInto('rule_action', ['allow'], 'network_isolation_loss', { why: 'a deny becomes an allow' }),
  ),
  aws_network_acl: rule(
    ['network_isolation_loss'],
    [otherwise(1, 'subnets fall back to the default ACL, which allows all')],
    opensAclList,
    losesBlock('ingress', 'network_isolation_loss', 'a deny rule is removed', isDeny),
  ),
  ...plain(
    1,
    'the filter is in configuration; without it nothing is blocked',
    [
      'aws_wafv2_web_acl',
      'aws_wafv2_web_acl_association',
      'aws_wafv2_rule_group',
      'aws_wafv2_ip_set',
      'aws_waf_web_acl',
      'aws_wafregional_web_acl',
      'aws_wafregional_web_acl_association',
      'aws_networkfirewall_firewall_policy',
      'aws_networkfirewall_rule_group',
      'aws_networkfirewall_logging_configuration',
      'aws_shield_protection',
      'aws_shield_protection_group',
      'aws_network_acl_association',
      'aws_route53_resolver_firewall_rule',
      'aws_route53_resolver_firewall_rule_group',
      'aws_route53_resolver_firewall_rule_group_association',
      'aws_fms_policy',
    ],
    ['network_isolation_loss'],
    losesBlock('rule', 'network_isolation_loss', 'a filter rule is removed', () => true),
    weakerDefault,
  ),
  aws_networkfirewall_firewall: rule(
    ['network_isolation_loss'],
    [
      blocked(on('delete_protection')),
      otherwise(2, 'rebuilt with new endpoints; traffic is not filtered meanwhile'),
    ],
    turnedOff('delete_protection', 'protection_disabled'),
  ),
  aws_vpc: rule(
    ['network_isolation_loss'],
    [otherwise(2, 'rebuilt with new ids; refused while anything lives in it')],
  ),
  aws_subnet: rule(
    [],
    [otherwise(2, 'rebuilt with a new id; refused while interfaces remain')],
    turnedOn('map_public_ip_on_launch', 'network_isolation_loss'),
  ),
  ...plain(2, 'rebuilt with new ids; peers must accept again and VPN keys are new', [
    'aws_internet_gateway',
    'aws_egress_only_internet_gateway',
    'aws_nat_gateway',
    'aws_ec2_transit_gateway',
    'aws_ec2_transit_gateway_vpc_attachment',
    'aws_ec2_transit_gateway_peering_attachment',
    'aws_ec2_transit_gateway_route_table',
    'aws_vpc_peering_connection',
    'aws_vpc_peering_connection_accepter',
    'aws_vpn_connection',
    'aws_vpn_gateway',
    'aws_customer_gateway',
    'aws_ec2_client_vpn_endpoint',
    'aws_dx_connection',
    'aws_dx_gateway',
    'aws_dx_private_virtual_interface',
    'aws_network_interface',
  ]),
  aws_vpc_endpoint: rule(
    ['network_isolation_loss'],
    [otherwise(2, 'rebuilt with a new id; traffic leaves the private path meanwhile')],
    changed('policy', 'iam_policy_change'),
  ),
  aws_route_table: rule(
    ['network_isolation_loss'],
    [otherwise(2, 'rebuilt with a new id; its subnets fall back to the main table')],
    gainsBlock(
      'route',
      'network_isolation_loss',
      'a default route to an internet gateway',
      (route) => isPublic(route.cidr_block) && String(route.gateway_id ?? '').startsWith('igw-'),
    ),
  ),
  aws_route: rule([], [otherwise(1, 'the route is in configuration')], toInternet),
  ...plain(1, 'recreated from configuration', [
    'aws_route_table_association',
    'aws_main_route_table_association',
    'aws_vpc_endpoint_route_table_association',
    'aws_vpc_endpoint_subnet_association',
    'aws_vpc_endpoint_security_group_association',
    'aws_vpc_ipv4_cidr_block_association',
    'aws_vpc_dhcp_options',
    'aws_vpc_dhcp_options_association',
    'aws_vpn_gateway_attachment',
    'aws_vpn_gateway_route_propagation',
    'aws_vpn_connection_route',
    'aws_ec2_transit_gateway_route',
    'aws_ec2_transit_gateway_route_table_association',
    'aws_ec2_transit_gateway_route_table_propagation',
    'aws_internet_gateway_attachment',
  ]),
  aws_vpc_block_public_access_options: rule(
    ['network_isolation_loss'],
    [otherwise(1, 'falls back to allowing')],
    turnsInto('internet_gateway_block_mode', ['off'], 'network_isolation_loss'),
  ),
  aws_eip: rule([], [otherwise(2, 'the address is usually lost')]),
  ...alike(
    ['aws_lb', 'aws_alb', 'aws_elb'],
    rule(
      [],
      [blocked(on('enable_deletion_protection')), otherwise(2, 'rebuilt with a new DNS name')],
      turnedOff('enable_deletion_protection', 'protection_disabled'),
      turnedOff('access_logs.enabled', 'disable_audit_logging'),
      becomesInternetFacing,
    ),
  ),
  ...plain(1, 'recreated from configuration', [
    'aws_lb_listener_rule',
    'aws_alb_listener_rule',
    'aws_lb_target_group',
    'aws_alb_target_group',
    'aws_lb_target_group_attachment',
    'aws_alb_target_group_attachment',
    'aws_lb_listener_certificate',
    'aws_elb_attachment',
    'aws_lb_trust_store',
    'aws_lb_cookie_stickiness_policy',
  ]),
  ...plain(
    2,
    'rebuilt; clients see an outage or a new name',
    [
      'aws_lb_listener',
      'aws_alb_listener',
      'aws_globalaccelerator_accelerator',
      'aws_globalaccelerator_listener',
      'aws_globalaccelerator_endpoint_group',
      'aws_api_gateway_rest_api',
      'aws_api_gateway_domain_name',
      'aws_api_gateway_api_key',
      'aws_api_gateway_stage',
      'aws_apigatewayv2_api',
      'aws_apigatewayv2_stage',
      'aws_apigatewayv2_domain_name',
      'aws_appsync_graphql_api',
      'aws_vpclattice_service',
      'aws_vpclattice_service_network',
      'aws_service_discovery_service',
      'aws_service_discovery_private_dns_namespace',
      'aws_service_discovery_public_dns_namespace',
      'aws_cloudfront_origin_access_identity',
      'aws_cloudfront_origin_access_control',
    ],
    [],
    removed('web_acl_id', 'network_isolation_loss'),
  ),
  aws_cloudfront_distribution: rule(
    [],
    [otherwise(2, 'rebuilt with a new domain name')],
    removed('web_acl_id', 'network_isolation_loss', { why: 'the web ACL is taken off' }),
    removed('logging_config', 'disable_audit_logging'),
    turnsInto(
      'viewer_certificate.minimum_protocol_version',
      ['SSLv3', 'TLSv1', 'TLSv1_2016', 'TLSv1.1_2016'],
      'remove_encryption',
    ),
    turnsInto('default_cache_behavior.viewer_protocol_policy', ['allow-all'], 'remove_encryption'),
  ),
  ...plain(
    1,
    'recreated from configuration',
    [
      'aws_cloudfront_cache_policy',
      'aws_cloudfront_function',
      'aws_cloudfront_origin_request_policy',
      'aws_cloudfront_response_headers_policy',
      'aws_api_gateway_resource',
      'aws_api_gateway_method',
      'aws_api_gateway_integration',
      'aws_api_gateway_integration_response',
      'aws_api_gateway_method_response',
      'aws_api_gateway_deployment',
      'aws_api_gateway_base_path_mapping',
      'aws_api_gateway_usage_plan',
      'aws_api_gateway_usage_plan_key',
      'aws_api_gateway_method_settings',
      'aws_api_gateway_authorizer',
      'aws_api_gateway_account',
      'aws_apigatewayv2_route',
      'aws_apigatewayv2_integration',
      'aws_apigatewayv2_deployment',
      'aws_apigatewayv2_authorizer',
      'aws_apigatewayv2_api_mapping',
      'aws_apigatewayv2_vpc_link',
      'aws_api_gateway_vpc_link',
    ],
    [],
    turnsInto('authorization', ['NONE'], 'expose_data_publicly'),
    turnsInto('authorization_type', ['NONE'], 'expose_data_publicly'),
  ),
  aws_route53_zone: rule(
    ['dns_change'],
    [
      when(on('force_destroy'), 4, 'force_destroy deletes every record, also those made elsewhere', {
        advice: 'set force_destroy = false',
      }),
      otherwise(2, 'refused while other records remain; a new zone gets new name servers'),
    ],
    turnedOn('force_destroy', 'protection_disabled'),
    losesBlock('vpc', 'dns_change', 'a VPC is detached from the zone', () => true),
  ),
  aws_route53_record: rule(
    ['dns_change'],
    [otherwise(1, 'the record is in configuration')],
    ...[
      'records',
      'alias',
      'type',
      'name',
      'weighted_routing_policy',
      'failover_routing_policy',
      'set_identifier',
      'ttl',
    ].map((path) => changed(path, 'dns_change')),
  ),
  ...plain(
    2,
    'resolution fails while the parent still has the DS record',
    ['aws_route53_key_signing_key', 'aws_route53_hosted_zone_dnssec'],
    ['dns_change'],
  ),
  aws_route53domains_registered_domain: rule(
    ['dns_change'],
    [leavesState(() => [], 'the registration stays; only dropped from state')],
    turnedOff('transfer_lock', 'protection_disabled'),
    turnedOff('auto_renew', 'protection_disabled'),
    changed('name_server', 'dns_change'),
  ),
  ...plain(
    1,
    'recreated from configuration',
    [
      'aws_route53_zone_association',
      'aws_route53_vpc_association_authorization',
      'aws_route53_health_check',
      'aws_route53_resolver_rule',
      'aws_route53_resolver_rule_association',
      'aws_route53_traffic_policy',
      'aws_route53_traffic_policy_instance',
      'aws_route53_delegation_set',
    ],
    ['dns_change'],
  ),
  aws_route53_resolver_endpoint: rule(['dns_change'], [otherwise(2, 'rebuilt with new addresses')]),
  aws_route53_query_log: rule(['disable_audit_logging'], [otherwise(1, 'query logs stop')]),
};

/** Ingress that is known only after apply, where a list was known before. */
function unknownIngress(view: Parameters<Watch>[0]): ReturnType<Watch> {
  const marks = view.afterUnknown as Fields | undefined;
  if (view.action !== 'update' || marks?.ingress !== true) return [];
  return effect(
    'security_group_public_ingress',
    { tier: 5 },
    'the ingress rules are known only after apply',
    [{ path: 'after.ingress', value: '(known after apply)' }],
  );
}

function weakerDefault(view: Parameters<Watch>[0]): ReturnType<Watch> {
  const blocks = (fields: Fields): boolean => firstAt(fields, 'default_action.block') !== undefined;
  if (view.action === 'create' || !blocks(view.before) || blocks(view.after)) return [];
  return effect('network_isolation_loss', {}, 'the default action no longer blocks', [
    { path: 'default_action', value: 'block → allow' },
  ]);
}

function becomesInternetFacing(view: Parameters<Watch>[0]): ReturnType<Watch> {
  if (view.before.internal !== true || view.after.internal !== false) return [];
  return effect('expose_data_publicly', {}, 'an internal load balancer faces the internet', [
    { path: 'after.internal', value: false },
  ]);
}
