import {
  alike,
  blocked,
  type Check,
  changed,
  effect,
  type Fields,
  fieldsOf,
  gainsBlock,
  isPublic,
  leavesState,
  losesBlock,
  on,
  opensTo,
  otherwise,
  plain,
  type RuleTable,
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

/** VPC, security groups and filters. */
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
  ...plain(1, 'the rule is in configuration', ['aws_vpc_security_group_egress_rule']),
  ...alike(
    ['aws_ec2_managed_prefix_list', 'aws_ec2_managed_prefix_list_entry'],
    rule(
      [],
      [otherwise(1, 'the ranges are in configuration')],
      opensTo(['cidr', 'entry.cidr'], 'security_group_public_ingress'),
    ),
  ),
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
};

/** Ingress that is known only after apply, where a list was known before. */
function unknownIngress(view: Parameters<Watch>[0]): ReturnType<Watch> {
  if (view.action !== 'update' || fieldsOf(view.afterUnknown).ingress !== true) return [];
  return effect(
    'security_group_public_ingress',
    { tier: 5 },
    'the ingress rules are known only after apply',
    [{ path: 'after.ingress', value: '(known after apply)' }],
  );
}
