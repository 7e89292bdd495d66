import type { Field } from '../fields.ts';
import { optionTable, type ReadOptions, readOptions } from './options.ts';
import { accept, type CommandFamily, type CommandRule, type Outcome, refuse, refused } from './rule.ts';
import { unknownWord } from './words.ts';

/** Options of every sub-command that only choose what is shown. Cluster, identity and file options are not among them. */
const COMMON = '-n:text --namespace:text --request-timeout:text --warnings-as-errors --help -h';
const SELECT = '-l:text --selector:text --field-selector:text -A --all-namespaces';
const PRINT =
  '-o:text --output:text --template:text --show-managed-fields --no-headers --allow-missing-template-keys?text --show-labels';

interface SubCommand {
  readonly options: string;
  readonly most?: number;
  readonly least?: number;
  /** The operands name kinds of objects, which must not be secrets. */
  readonly kinds?: boolean;
  readonly check?: (read: ReadOptions) => string | null;
}

const SUBCOMMANDS: Readonly<Record<string, SubCommand>> = {
  get: {
    options: `${COMMON} ${SELECT} ${PRINT} -wL:text -w --watch --watch-only --sort-by:text --show-kind --ignore-not-found --chunk-size:number --label-columns:text --output-watch-events --server-print?text`,
    least: 1,
    kinds: true,
  },
  describe: { options: `${COMMON} ${SELECT} --show-events?text --chunk-size:number`, least: 1, kinds: true },
  logs: {
    options: `${COMMON} -l:text --selector:text -c:text --container:text -fp --follow --previous --tail:number --since:text --since-time:text --timestamps
      --all-containers?text --prefix --max-log-requests:number --limit-bytes:number --ignore-errors --pod-running-timeout:text --all-pods`,
    most: 2,
  },
  'top pod': {
    options: `${COMMON} ${SELECT} --containers --sort-by:text --no-headers --sum --use-protocol-buffers?text`,
    most: 1,
  },
  'top node': { options: `${COMMON} ${SELECT} --sort-by:text --no-headers --show-capacity`, most: 1 },
  explain: { options: '--recursive --api-version:text --output:text', most: 1, least: 1 },
  'api-resources': {
    options:
      '-o:text --output:text --api-group:text --namespaced?text --no-headers --sort-by:text --verbs:text --cached --categories:text',
    most: 0,
  },
  'api-versions': { options: '', most: 0 },
  version: { options: '-o:text --output:text --client?text --short', most: 0 },
  'cluster-info': { options: COMMON, most: 0 },
  events: {
    options: `${COMMON} -A --all-namespaces --for:text --types:text -w --watch --no-headers -o:text --output:text`,
    most: 0,
  },
  'rollout status': {
    options: `${COMMON} -w --watch?text --timeout:text --revision:number -l:text --selector:text`,
    least: 1,
    kinds: true,
  },
  'rollout history': {
    options: `${COMMON} --revision:number -o:text --output:text -l:text --selector:text`,
    least: 1,
    kinds: true,
  },
  'auth can-i': {
    options: `${COMMON} -A --all-namespaces --list --no-headers -q --quiet --subresource:text`,
    most: 3,
  },
  'auth whoami': { options: '-o:text --output:text', most: 0 },
  wait: { options: `${COMMON} ${SELECT} --for:text --timeout:text --all -o:text`, least: 1, kinds: true },
  'config current-context': { options: '', most: 0 },
  'config get-contexts': { options: '-o:text --output:text --no-headers', most: 1 },
  'config get-clusters': { options: '', most: 0 },
  'config view': { options: '-o:text --output:text --minify', most: 0 },
  options: { options: '', most: 0 },
};
const NESTED = new Set(['top', 'rollout', 'auth', 'config']);
const ALIAS: Readonly<Record<string, string>> = { pods: 'pod', po: 'pod', nodes: 'node', no: 'node' };
const EARLY = optionTable(COMMON);
const TABLES = new Map(Object.entries(SUBCOMMANDS).map(([name, sub]) => [name, optionTable(sub.options)]));

/** Formats that cannot read a file. `name`, `wide`, … or a template given in the word itself. */
const FORMAT =
  /^(?:json|yaml|name|wide|kyaml|plaintext(?:-openapiv2)?|(?:jsonpath(?:-as-json)?|go-template|template|custom-columns)=[\s\S]+)$/;
/** Kinds whose objects are credentials, by any version or group: `secrets`, `secret.v1.`, `sealedsecrets.bitnami.com`. */
const SECRET_KIND = /secret|token|credential|^certificatesigningrequest|^csr(?:\.|$)|vault/;

const kubectl: CommandRule = (args, context) => {
  const lead: Field[] = [];
  let rest = [...args];
  while (rest[0]?.text.startsWith('-')) {
    const [flag, value] = rest;
    if (flag === undefined || flag.kind !== 'literal') break;
    if (!/^(?:-n|--namespace|-n=.+|--namespace=.+|-n.+|--request-timeout(?:=.+)?)$/.test(flag.text)) {
      return refuse(
        'kubectl.options',
        `kubectl: ${flag.text} before the sub-command is not known to be read-only`,
        'Put only -n NAMESPACE there.',
      );
    }
    const both = /^(?:-n|--namespace|--request-timeout)$/.test(flag.text);
    lead.push(flag, ...(both && value ? [value] : []));
    rest = rest.slice(both ? 2 : 1);
  }
  const early = readOptions('kubectl', EARLY, lead, context, false);
  if (!early.ok) return early;
  const [verb, second] = rest;
  if (verb === undefined)
    return refuse('kubectl.verb', 'kubectl: a sub-command is missing', 'Use kubectl get, describe or logs.');
  if (verb.kind !== 'literal' || (NESTED.has(verb.text) && second?.kind !== 'literal')) {
    return refused(unknownWord(verb.kind === 'literal' && second !== undefined ? second : verb));
  }
  const nested = NESTED.has(verb.text);
  const inner = second?.text ?? '';
  const name = nested ? `${verb.text} ${verb.text === 'top' ? (ALIAS[inner] ?? inner) : inner}` : verb.text;
  const sub = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
  const options = TABLES.get(name);
  if (sub === undefined || options === undefined) {
    return refuse(
      'kubectl.verb',
      `kubectl ${name} is not known to be read-only`,
      'Use kubectl get, describe, logs, top, events, explain or rollout status.',
    );
  }
  const words = rest.slice(nested ? 2 : 1);
  const read = readOptions(`kubectl ${name}`, options, words, context, false);
  return read.ok ? judge(name, sub, read) : read;
};

function judge(name: string, sub: SubCommand, read: ReadOptions): Outcome {
  const odd = read.operands.find((operand) => operand.kind !== 'literal');
  if (odd !== undefined) return refused(unknownWord(odd));
  const operands = read.operands.map((operand) => operand.text);
  if (operands.length < (sub.least ?? 0))
    return refuse(
      `kubectl.${name}`,
      `kubectl ${name}: an operand is missing`,
      `Write: kubectl ${name} KIND NAME.`,
    );
  if (operands.length > (sub.most ?? 50))
    return refuse(
      `kubectl.${name}`,
      `kubectl ${name}: too many operands (${operands[sub.most ?? 50]})`,
      `Give at most ${sub.most ?? 50}.`,
    );
  for (const flag of ['o', 'output']) {
    const bad = read.values.get(flag)?.find((format) => !FORMAT.test(format));
    if (bad !== undefined)
      return refuse(
        `kubectl.${name}`,
        `kubectl: the output format ${bad} is not known to be read-only`,
        'Use -o json, yaml, wide or name.',
      );
  }
  if (sub.kinds) {
    const kinds = operands.flatMap((operand, i) =>
      i === 0 || operand.includes('/') ? operand.split(',') : [],
    );
    const secret = kinds.find((kind) => SECRET_KIND.test(kind.toLowerCase().split('/')[0] ?? ''));
    if (secret !== undefined) {
      return {
        ok: false,
        problem: {
          rule: 'kubectl.secret',
          class: 'secret_read',
          message: `kubectl ${name} ${secret} would show credentials`,
          instead:
            'Read the object that uses the secret (its pod or deployment); it names the secret without its value.',
        },
      };
    }
    const strange = kinds.find((kind) => !/^[A-Za-z0-9][A-Za-z0-9._:-]*(?:\/[A-Za-z0-9._:-]+)?$/.test(kind));
    if (strange !== undefined)
      return refuse(
        `kubectl.${name}`,
        `kubectl ${name}: ${strange || 'an empty word'} is not a kind`,
        'Name kinds such as pods or deploy/api.',
      );
  }
  return accept();
}

/** Reading a cluster. Secrets, raw API paths, other servers, identities and kubeconfigs are never read-only. */
export const kubectlFamily: CommandFamily = {
  family: 'kubectl',
  rules: { kubectl },
  allows: [
    'kubectl get pods -A',
    'kubectl -n prod get pods -o wide',
    'kubectl --request-timeout=10s -n prod get nodes',
    'kubectl --request-timeout 10s get nodes',
    'kubectl describe pod api-0 -n prod',
    'kubectl logs api-0 --tail=100',
    'kubectl top pods -n prod',
    'kubectl get deploy api -o jsonpath="{.spec.replicas}"',
    'kubectl rollout status deploy/api',
    'kubectl auth can-i get pods',
    'kubectl config current-context',
    'kubectl get pods -l app=api --watch',
  ],
  refuses: [
    'kubectl get secrets',
    'kubectl get all,secrets',
    'kubectl get secret/db',
    'kubectl get secrets.v1. -o yaml',
    'kubectl get pod/x secret/y',
    'kubectl get --raw /api',
    'kubectl get pods -s https://x',
    'kubectl --request-timeout=1s --server=https://x get pods',
    'kubectl --request-timeout get pods delete pod x',
    'kubectl get pods --as=x',
    'kubectl --kubeconfig x get pods',
    'kubectl get pods --context x',
    'kubectl get pods -o jsonpath-file=x',
    'kubectl get -f x.yaml',
    'kubectl delete pod x',
    'kubectl describe secret x',
    'kubectl config view --raw',
    'kubectl cluster-info dump',
    'kubectl get pods --outpu=yaml',
    'kubectl exec api -- ls',
    'kubectl rollout restart deploy/x',
    'kubectl get pods -v=9',
  ],
};
