import { resolveAll } from '../fields.ts';
import { hasLong, looseOptions } from '../invocation.ts';
import { SHELLS } from '../wrappers.ts';
import type { BlockHit, BlockRule } from './rule.ts';

const NETCAT = /^(?:nc|ncat|netcat|nc\.traditional|nc\.openbsd|nc6|pwncat)$/;
const NETCAT_VALUED = new Set(
  'g G i m o p q s w x X P T I O V d exec sh-exec lua-exec source-port source proxy wait idle-timeout'.split(
    ' ',
  ),
);
const INTERPRETER = /^(?:python[\d.]*|perl|ruby|php\d?|node|lua[\d.]*)$/;

/** `nc -e` and its equals: a shell whose input and output are a network connection, either way round. */
export const remoteShell: BlockRule = ({ call, scope, redirects, drained, fed }) => {
  const { name, args } = call;
  if (NETCAT.test(name)) {
    const { flags } = looseOptions(args, NETCAT_VALUED, false);
    const runs =
      flags.has('e') ||
      (flags.has('c') && !flags.has('z')) ||
      hasLong(flags, 'exec', 2) ||
      hasLong(flags, 'sh-exec', 3) ||
      hasLong(flags, 'lua-exec', 3);
    if (runs) return hit(`${name} hands a program to a network connection`);
  }
  if (name === 'socat' || name === 'socat1') {
    const text = args.map((arg) => arg.text.toLowerCase()).join(' ');
    const runs = /(?:^|[\s,"'])(?:exec|system|shell)[:,]/.test(text);
    const network =
      /(?:^|\s)(?:tcp|tcp4|tcp6|udp|udp4|udp6|openssl|ssl|sctp|vsock|socks\w*|proxy|quic|ip|dccp|websocket)(?:[-46\w]*)[:,]/.test(
        text,
      );
    if (runs && network) return hit('socat hands a program to a network connection');
  }
  const sockets =
    redirects.length > 0 &&
    redirects.some((redirect) => {
      if (redirect.k !== 'file' && redirect.k !== 'dup') return false;
      return resolveAll([redirect.target], scope).some((field) => /^\/dev\/(?:tcp|udp)\//.test(field.text));
    });
  if (sockets && (name === 'exec' || SHELLS.has(name) || INTERPRETER.test(name)))
    return hit(`${name} is wired to a network socket`);
  if (SHELLS.has(name) && drained && (fed || isInteractive(args.map((arg) => arg.text)))) {
    return hit(`the output of ${name} goes to a network connection`);
  }
  return null;
};

function isInteractive(args: readonly string[]): boolean {
  return args.every((arg) => /^-[ilsx]+$/.test(arg));
}

function hit(message: string): BlockHit {
  return {
    rule: 'reverse-shell',
    message,
    instead: 'Look with kubectl or read-only commands; nothing may give a shell to the network.',
  };
}
