/** What a pod may do to the machine it runs on, and to the rest of the cluster through it. */
import type { Evidence } from '../finding.ts';
import { isSecretName } from '../secret-names.ts';
import { type Effect, effect } from './effect.ts';
import { at, type Fields, isFields, isTrueAt, listAt, textAt, textsAt } from './object.ts';

/** Capabilities that get a container out of its isolation, or near enough. */
const ESCAPES = new Set([
  'ALL',
  'BPF',
  'DAC_READ_SEARCH',
  'NET_ADMIN',
  'NET_RAW',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_MODULE',
  'SYS_PTRACE',
  'SYS_RAWIO',
  'SYS_TIME',
  'PERFMON',
  'SYSLOG',
]);

/** Effects of the pod that an object is or makes, wherever its template stands. */
export function podAccess(fields: Fields): Effect[] {
  return podSpecs(fields).flatMap(({ path, spec }) => [
    ...hostEffects(spec, path),
    ...confinementEffects(spec, path),
    ...CONTAINERS.flatMap((list) =>
      listAt(spec, list).flatMap((container, index) =>
        containerEffects(container, `${path}.${list}[${index}]`),
      ),
    ),
  ]);
}

const CONTAINERS = ['initContainers', 'containers', 'ephemeralContainers'];

/** A workload of any kind, custom ones too, holds its pod as `spec`, or as some `template` in it. */
function podSpecs(fields: Fields): { path: string; spec: unknown }[] {
  const found: { path: string; spec: unknown }[] = [];
  const rest: { path: string; value: unknown; depth: number }[] = [{ path: '', value: fields, depth: 0 }];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const { path, value, depth } = next;
    if (depth > 40) continue;
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) {
        rest.push({ path: `${path}[${index}]`, value: item, depth: depth + 1 });
      }
    }
    if (!isFields(value)) continue;
    if (CONTAINERS.some((list) => Array.isArray(value[list]))) found.push({ path, spec: value });
    for (const [key, held] of Object.entries(value)) {
      rest.push({ path: path === '' ? key : `${path}.${key}`, value: held, depth: depth + 1 });
    }
  }
  return found;
}

function hostEffects(spec: unknown, path: string): Effect[] {
  const shared = ['hostPID', 'hostIPC', 'hostNetwork'].filter((key) => isTrueAt(spec, key));
  const mounted = listAt(spec, 'volumes').flatMap((volume, index): Evidence[] => {
    if (!isFields(at(volume, 'hostPath'))) return [];
    return [{ path: `${path}.volumes[${index}].hostPath.path`, value: textAt(volume, 'hostPath.path') }];
  });
  return [
    ...shared.map((key) =>
      effect(
        5,
        key === 'hostNetwork' ? 'network_isolation_loss' : 'protection_disabled',
        `the pod shares the node's ${SHARED[key] ?? key}`,
        [{ path: `${path}.${key}`, value: true }],
      ),
    ),
    ...(mounted.length === 0
      ? []
      : [effect(5, 'protection_disabled', 'the pod mounts folders of its node', mounted)]),
  ];
}

const SHARED: Readonly<Record<string, string>> = {
  hostPID: 'processes',
  hostIPC: 'inter-process memory',
  hostNetwork: 'network',
};

/** Filters that stand between a pod and the kernel, for the pod or for one of its containers. */
function confinementEffects(spec: unknown, path: string): Effect[] {
  const off = ['seccompProfile', 'appArmorProfile'].filter(
    (key) => textAt(spec, `securityContext.${key}.type`) === 'Unconfined',
  );
  const found = off.map((key) =>
    effect(1, 'protection_disabled', 'calls into the kernel are not filtered', [
      { path: `${path}.securityContext.${key}.type`, value: 'Unconfined' },
    ]),
  );
  if (isTrueAt(spec, 'securityContext.windowsOptions.hostProcess')) {
    found.push(
      effect(5, 'protection_disabled', 'a host process has its Windows node to itself', [
        { path: `${path}.securityContext.windowsOptions.hostProcess`, value: true },
      ]),
    );
  }
  return found;
}

/** Values that stand in the object: whoever may read it reads them. `$(NAME)` points to another variable. */
function secretsInClear(container: unknown, path: string): Effect[] {
  const names = listAt(container, 'env').flatMap((variable) => {
    const [name, value] = [textAt(variable, 'name'), textAt(variable, 'value')];
    if (name === null || value === null || value.length < 6) return [];
    return isSecretName(name) && !/^\$\(\w+\)$/.test(value) ? name : [];
  });
  if (names.length === 0) return [];
  return [
    effect(
      1,
      'credential_exposure',
      'secrets stand in clear in the object',
      [{ path: `${path}.env`, value: names }],
      'put them into a Secret and refer to it with valueFrom.secretKeyRef',
    ),
  ];
}

function containerEffects(container: unknown, path: string): Effect[] {
  const security = at(container, 'securityContext');
  const added = textsAt(security, 'capabilities.add').filter((name) =>
    ESCAPES.has(name.toUpperCase().replace(/^CAP_/, '')),
  );
  const found: Effect[] = [...confinementEffects(container, path), ...secretsInClear(container, path)];
  if (isTrueAt(security, 'privileged')) {
    found.push(
      effect(5, 'protection_disabled', 'a privileged container has its node to itself', [
        { path: `${path}.securityContext.privileged`, value: true },
      ]),
    );
  }
  if (added.length > 0) {
    found.push(
      effect(5, 'protection_disabled', `a container gets ${added.join(', ')}, which lead out of it`, [
        { path: `${path}.securityContext.capabilities.add`, value: added },
      ]),
    );
  }
  if (textAt(security, 'procMount') === 'Unmasked') {
    found.push(
      effect(5, 'protection_disabled', "a container sees the kernel's files unmasked", [
        { path: `${path}.securityContext.procMount`, value: 'Unmasked' },
      ]),
    );
  }
  return found;
}
