import {
  alike,
  type Check,
  changed,
  effect,
  type Fields,
  firstAt,
  gainsBlock,
  isPublic,
  losesBlock,
  otherwise,
  parentDestroyed,
  plain,
  type RuleTable,
  removed,
  replaced,
  rule,
  turnedOff,
  turnsInto,
  type View,
  type Watch,
  when,
} from '../vocabulary.ts';

const equals = (value: unknown, word: string): boolean => String(value ?? '').toLowerCase() === word;

const sourcesOf = (rule: Fields): readonly unknown[] => {
  const { source_address_prefix: one, source_address_prefixes: many } = rule;
  return Array.isArray(many) ? [one, ...many] : [one];
};

const letsAllIn = (rule: Fields): boolean =>
  equals(rule.direction, 'inbound') && equals(rule.access, 'allow') && sourcesOf(rule).some(isPublic);
const isInboundDeny = (rule: Fields): boolean => equals(rule.access, 'deny');

const denies: Check = (view) =>
  equals(view.before.access, 'deny') ? [{ path: 'access', value: 'Deny' }] : null;

const widens: Watch = (view) => {
  if (letsAllIn(view.before) || !letsAllIn(view.after)) return [];
  return effect('security_group_public_ingress', {}, 'inbound traffic from everywhere is allowed', [
    { path: 'after.source_address_prefix', value: sourcesOf(view.after).find(isPublic) },
    { path: 'after.destination_port_range', value: view.after.destination_port_range ?? null },
  ]);
};

const noLongerDenies: Watch = (view) => {
  if (view.action !== 'update' || !isInboundDeny(view.before) || isInboundDeny(view.after)) return [];
  return effect('network_isolation_loss', {}, 'a deny becomes an allow', [
    { path: 'after.access', value: view.after.access },
  ]);
};

/** Networks, firewalls and DNS. */
export const AZURE_NETWORK: RuleTable = {
  azurerm_network_security_group: rule(
    ['network_isolation_loss'],
    [
      when(replaced, 2, 'nothing is filtered between the old and the new group'),
      otherwise(1, 'the filter and its rules are in configuration; refused while in use'),
    ],
    gainsBlock(
      'security_rule',
      'security_group_public_ingress',
      'inbound traffic from everywhere is allowed',
      letsAllIn,
    ),
    losesBlock('security_rule', 'network_isolation_loss', 'a deny rule is removed', isInboundDeny),
  ),
  azurerm_network_security_rule: rule(
    [],
    [
      when(denies, 1, 'a deny rule is removed', { classes: ['network_isolation_loss'] }),
      when(
        parentDestroyed(['network_security_group_name'], ['azurerm_network_security_group']),
        1,
        'the rule goes together with its network security group',
        { classes: ['network_isolation_loss'] },
      ),
      otherwise(1, 'an allow rule is removed; it is in configuration'),
    ],
    widens,
    noLongerDenies,
  ),
  ...plain(
    1,
    'the filter no longer applies; recreated from configuration',
    [
      'azurerm_subnet_network_security_group_association',
      'azurerm_network_interface_security_group_association',
      'azurerm_subnet_route_table_association',
    ],
    ['network_isolation_loss'],
  ),
  ...plain(
    2,
    'rebuilt from configuration; traffic is not filtered meanwhile',
    [
      'azurerm_firewall',
      'azurerm_firewall_policy',
      'azurerm_web_application_firewall_policy',
      'azurerm_cdn_frontdoor_firewall_policy',
      'azurerm_frontdoor_firewall_policy',
      'azurerm_bastion_host',
      'azurerm_network_ddos_protection_plan',
    ],
    ['network_isolation_loss'],
    turnsInto('policy_settings.mode', ['Detection'], 'network_isolation_loss', {
      why: 'the firewall only watches',
    }),
    turnsInto('mode', ['Detection'], 'network_isolation_loss'),
    turnedOff('policy_settings.enabled', 'network_isolation_loss'),
    turnsInto('threat_intel_mode', ['Off', 'Alert'], 'network_isolation_loss'),
    turnsInto('threat_intelligence_mode', ['Off', 'Alert'], 'network_isolation_loss'),
  ),
  ...plain(
    1,
    'the rules are in configuration',
    [
      'azurerm_firewall_network_rule_collection',
      'azurerm_firewall_application_rule_collection',
      'azurerm_firewall_nat_rule_collection',
      'azurerm_firewall_policy_rule_collection_group',
    ],
    ['network_isolation_loss'],
    gainsBlock(
      'rule',
      'network_isolation_loss',
      'a rule for every source',
      (block) =>
        Array.isArray(block.source_addresses) &&
        block.source_addresses.some(isPublic) &&
        Array.isArray(block.destination_addresses) &&
        block.destination_addresses.some(isPublic),
    ),
    turnsInto('action', ['Allow'], 'network_isolation_loss'),
  ),
  azurerm_virtual_network: rule(
    ['network_isolation_loss'],
    [otherwise(2, 'rebuilt; refused while anything lives in it')],
  ),
  azurerm_subnet: rule(
    [],
    [otherwise(2, 'rebuilt; refused while interfaces remain')],
    removed('service_endpoints', 'network_isolation_loss'),
    turnedOff('private_endpoint_network_policies_enabled', 'network_isolation_loss'),
    turnsInto('private_endpoint_network_policies', ['Disabled'], 'network_isolation_loss'),
  ),
  ...plain(
    2,
    'rebuilt with new ids or addresses',
    [
      'azurerm_public_ip',
      'azurerm_public_ip_prefix',
      'azurerm_private_endpoint',
      'azurerm_virtual_network_gateway',
      'azurerm_virtual_network_gateway_connection',
      'azurerm_local_network_gateway',
      'azurerm_virtual_network_peering',
      'azurerm_nat_gateway',
      'azurerm_route_table',
      'azurerm_express_route_circuit',
      'azurerm_virtual_hub',
      'azurerm_virtual_wan',
      'azurerm_vpn_gateway',
      'azurerm_network_interface',
      'azurerm_lb',
      'azurerm_application_gateway',
      'azurerm_frontdoor',
      'azurerm_cdn_frontdoor_profile',
      'azurerm_cdn_frontdoor_endpoint',
      'azurerm_cdn_profile',
      'azurerm_cdn_endpoint',
      'azurerm_traffic_manager_profile',
      'azurerm_private_link_service',
      'azurerm_application_security_group',
      'azurerm_network_watcher',
    ],
    [],
    turnedOff('waf_configuration.enabled', 'network_isolation_loss'),
    removed('firewall_policy_id', 'network_isolation_loss'),
  ),
  ...plain(1, 'recreated from configuration', [
    'azurerm_route',
    'azurerm_lb_rule',
    'azurerm_lb_probe',
    'azurerm_lb_backend_address_pool',
    'azurerm_lb_nat_rule',
    'azurerm_network_interface_backend_address_pool_association',
    'azurerm_network_interface_application_gateway_backend_address_pool_association',
    'azurerm_subnet_nat_gateway_association',
    'azurerm_nat_gateway_public_ip_association',
    'azurerm_traffic_manager_azure_endpoint',
    'azurerm_cdn_frontdoor_route',
    'azurerm_cdn_frontdoor_origin',
    'azurerm_cdn_frontdoor_origin_group',
    'azurerm_proximity_placement_group',
    'azurerm_availability_set',
  ]),
  ...alike(
    ['azurerm_dns_zone', 'azurerm_private_dns_zone'],
    rule(
      ['dns_change'],
      [
        when(holdsForeignRecords, 4, 'the zone holds records that this configuration does not have'),
        otherwise(2, 'its records are in configuration; a new zone gets new name servers'),
      ],
    ),
  ),
  ...plain(
    1,
    'the record is in configuration',
    ['a', 'aaaa', 'cname', 'mx', 'ns', 'ptr', 'srv', 'txt', 'caa', 'soa'].flatMap((kind) => [
      `azurerm_dns_${kind}_record`,
      `azurerm_private_dns_${kind}_record`,
    ]),
    ['dns_change'],
    ...['records', 'record', 'target_resource_id', 'ttl', 'name'].map((path) => changed(path, 'dns_change')),
  ),
  ...plain(
    1,
    'recreated from configuration',
    [
      'azurerm_private_dns_zone_virtual_network_link',
      'azurerm_private_dns_resolver_virtual_network_link',
      'azurerm_private_dns_resolver_forwarding_rule',
    ],
    ['dns_change'],
  ),
};

/** The count of record sets in the zone is higher than what SOA and NS (2) and this plan's records explain. */
function holdsForeignRecords(view: View): ReturnType<Check> {
  const count = firstAt(view.before, 'number_of_record_sets');
  if (typeof count !== 'number') return null;
  const zone = String(view.before.name ?? '').toLowerCase();
  const prefix = view.type === 'azurerm_dns_zone' ? 'azurerm_dns_' : 'azurerm_private_dns_';
  const own = ['a', 'aaaa', 'cname', 'mx', 'ns', 'ptr', 'srv', 'txt', 'caa']
    .map((kind) => view.world.byAttribute(`${prefix}${kind}_record`, 'zone_name').get(zone)?.length ?? 0)
    .reduce((sum, found) => sum + found, 0);
  return count > own + 2 ? [{ path: 'number_of_record_sets', value: count }] : null;
}
