import { matching } from './matching.ts';
import { accept, type CommandFamily, type CommandRule, refuse, refused } from './rule.ts';
import { wordProblem } from './words.ts';

/** `ip … show` and the bare object names; abbreviated verbs are refused. */
const ip: CommandRule = (args) => {
  const odd = wordProblem(args);
  if (odd !== null) return refused(odd);
  const texts = args.map((arg) => arg.text);
  const rest = texts.filter(
    (text) =>
      !/^-(?:4|6|br|brief|c|color=\w+|j|json|p|pretty|s|stats|d|details|o|oneline|h|human)$/.test(text),
  );
  const [object = '', verb, ...more] = rest;
  const known =
    /^(?:a|addr|address|l|link|r|route|n|neigh|rule|maddr)$/.test(object) &&
    (verb === undefined || /^(?:show|list|get|ls)$/.test(verb));
  return known && more.every((text) => /^[\w.:/@-]+$/.test(text))
    ? accept()
    : refuse('ip.verb', 'ip: only show is read-only', 'Use ip addr show.');
};

/** Addresses, routes and sockets of the machine. */
export const network: CommandFamily = {
  family: 'network',
  rules: {
    ip,
    ss: matching(
      'ss',
      /^-[tulnpaseimoxwrHOMSdTzZ046]+$|^--(?:tcp|udp|listening|numeric|processes|all|summary|unix|no-header|resolve|options|extended|memory|threads|info|ipv4|ipv6|raw|sctp|mptcp|oneline|context|contexts|cgroup|tos|help|version)$|^(?:state|exclude|established|listening|time-wait|close-wait|fin-wait-[12]|syn-(?:sent|recv)|last-ack|closing|closed|connected|synchronized|all|bucket|big|sport|dport|src|dst|=|eq|ne|and|or|not|\(|\)|:\d+|[\d.:*/[\]]+)$/,
    ),
    netstat: matching(
      'netstat',
      /^-[tulnpaserigWcovxw46]+$|^--(?:tcp|udp|listening|numeric|numeric-(?:hosts|ports|users)|programs?|all|route|interfaces|statistics|groups|wide|extend|timers|unix|raw|verbose|help|version)$/,
    ),
  },
  allows: [
    'ip addr show',
    'ip -br a',
    'ss -tlnp',
    'ss -tn state established',
    'ss -ltn sport = :443',
    'netstat -tlnp',
  ],
  refuses: [
    'ip netns exec x sh',
    'ip link set eth0 down',
    'ss -K',
    'ss -D out',
    'ss -F f',
    'ss dst example.com',
    'netstat -C',
  ],
};
