import type { Field } from '../fields.ts';
import { optionTable, type ReadOptions, readOptions } from './options.ts';
import { accept, type CallContext, type CommandFamily, type Outcome, refuse } from './rule.ts';

const JQ =
  optionTable(`-nrjaceSCMs --null-input --raw-output --raw-output0 --join-output --ascii-output --compact-output --exit-status --sort-keys --color-output
  --monochrome-output --slurp --raw-input -R --tab --indent:number --unbuffered --seq --stream --stream-errors -h --help -V --version --arg+text --argjson+text`);
const YQ = optionTable(
  `-PrjNMCneovI -p:text -o:text -I:number -j --prettyPrint --unwrapScalar?text --output-format:text --input-format:text --indent:number --no-doc --no-colors --colors
  --null-input --exit-status --tojson -s_ -V --version -r --raw-output -y --yaml-output -c -S -0 --nul-output --header-preprocess?text`.replace(
    '-s_ ',
    '',
  ),
);

/** Words of the jq language that reach the environment or other files. */
const JQ_FORBIDDEN = new Set([
  'env',
  '$ENV',
  'import',
  'include',
  'modulemeta',
  'get_search_list',
  '$__prog_args',
  '#',
]);
/** Every function and keyword of yq that only turns its input into output. */
const YQ_KNOWN = new Set(
  `select length keys has map map_values to_entries from_entries with_entries sort sort_by sort_keys group_by unique unique_by flatten add any all
   any_c all_c contains test match capture join split tag type line column kind path paths key parent not and or true false null in as reduce first min max
   ascii_downcase ascii_upcase downcase upcase trim to_json from_json to_yaml from_yaml to_props to_csv to_tsv to_xml from_xml documentIndex di fileIndex fi
   document_index file_index style explode alias anchor del range reverse is_key with e eval_ ireduce array_to_map collect pick omit sub
   to_number to_string tojson fromjson headComment lineComment footComment head_comment line_comment foot_comment comments recurse empty
   getpath splitDoc split_doc error pivot shuffle_ now_ format_datetime if then elif else end json yaml string number each tojson ascii startswith endswith
   ltrimstr rtrimstr tostring tonumber values nulls strings numbers booleans arrays objects iterables scalars limit until while index rindex indices inside`
    .split(/\s+/)
    .filter((word) => !word.endsWith('_')),
);

/** Names in a jq or yq program outside of string text, without those that are field names or object keys. */
function names(program: string): string[] {
  const found: string[] = [];
  const depths: number[] = [];
  /** Brackets that are open here. */
  const open: string[] = [];
  let depth = 0;
  let i = 0;
  const string = (): void => {
    while (i < program.length && program[i] !== '"') {
      if (program[i] === '\\' && program[i + 1] === '(') {
        i += 2;
        open.push('(');
        depths.push(depth);
        depth = 0;
        return;
      }
      i += program[i] === '\\' ? 2 : 1;
    }
    i += 1;
  };
  while (i < program.length) {
    const c = program[i] ?? '';
    if (c === '"') {
      i += 1;
      string();
    } else if (c === '{' || c === '[') {
      open.push(c);
      i += 1;
    } else if (c === '}' || c === ']') {
      open.pop();
      i += 1;
    } else if (c === '(') {
      open.push(c);
      depth += 1;
      i += 1;
    } else if (c === ')') {
      open.pop();
      i += 1;
      if (depth === 0 && depths.length > 0) {
        depth = depths.pop() ?? 0;
        string();
      } else depth -= 1;
    } else if (c === '#') {
      // A comment may go on after a backslash, depending on the version: never guessed.
      found.push('#');
      i += 1;
    } else {
      const word = /^\$?[A-Za-z_][\w]*(?:::\w+)*/.exec(program.slice(i, i + 80))?.[0];
      if (word !== undefined && word !== '') {
        const field = program[i - 1] === '.' && program[i - 2] !== '.';
        const object = open[open.length - 1] === '{';
        const key =
          object && /^\s*:(?!:)/.test(program.slice(i + word.length)) && /[{,]\s*$/.test(program.slice(0, i));
        if (!field && !key) found.push(word);
        i += word.length;
      } else i += 1;
    }
  }
  return found;
}

function query(program: 'jq' | 'yq', args: readonly Field[], context: CallContext): Outcome {
  const read = readOptions(program, program === 'jq' ? JQ : YQ, args, context, false);
  if (!read.ok) return read;
  const strange = program === 'yq' ? twoWays(args, read) : null;
  if (strange !== null)
    return refuse(
      'yq.options',
      `yq: ${strange} means something else to another yq`,
      'Write: yq OPTIONS FILTER FILES, with a format such as -o json.',
    );
  if (read.flags.has('V') || read.flags.has('version'))
    return read.operands.length === 0
      ? accept()
      : refuse(`${program}.options`, `${program}: --version stands alone`);
  const operands =
    program === 'yq' && /^(?:e|eval|ea|eval-all)$/.test(read.operands[0]?.text ?? '')
      ? read.operands.slice(1)
      : read.operands;
  const [code, ...inputs] = operands;
  if (code === undefined) return accept();
  if (code.kind !== 'literal')
    return refuse(`${program}.program`, `${program}: quote the filter ${code.source}`);
  // `yq FILE` prints the file.
  const yaml = program === 'yq' && inputs.length === 0 && /^[\w./-]+\.(?:ya?ml|json)$/.test(code.text);
  // With no other input, whoever writes the name of a secret file means the file.
  const meant = program === 'yq' && inputs.length === 0 ? context.read(code) : null;
  if (meant !== null)
    return { ok: false, problem: { ...meant, instead: `If a key is meant, write it as '.["key"]'.` } };
  const used = yaml ? [] : names(code.text);
  const bad =
    program === 'jq'
      ? used.find((name) => JQ_FORBIDDEN.has(name))
      : used.find((name) => !name.startsWith('$') && !YQ_KNOWN.has(name));
  if (
    bad !== undefined ||
    (program === 'jq' && /\$\s+(?:ENV|__)/.test(code.text)) ||
    (program === 'yq' && code.text.includes('$ENV'))
  ) {
    return refuse(
      `${program}.program`,
      `${program}: ${bad ?? '$ENV'} is not known to be read-only in a filter`,
      'Use a filter over the input only.',
    );
  }
  const paths: string[] = [];
  for (const input of yaml ? operands : inputs) {
    if (input.text === '-') continue;
    const problem = context.read(input);
    if (problem !== null) return { ok: false, problem };
    if (input.kind === 'literal') paths.push(input.text);
  }
  if (program === 'jq' || yaml) return accept(paths);
  // Where there is a file of that name, yq reads the file instead, as a program if it ends in .yq.
  const filter = `(${code.text})`;
  const words = args.map((arg) => (arg === code ? filter : arg));
  return accept([...paths, filter], [], false, null, words);
}

const FORMATS =
  /^(?:a|auto|y|yaml|kyaml|j|json|p|props|c|csv|t|tsv|x|xml|s|shell|l|lua|i|ini|h|hcl|toml|base64|uri)$/;

/**
 * The yq that passes its words on to jq knows other options: what follows one of those is a filter to it, and so is
 * a word behind options behind the filter.
 */
function twoWays(args: readonly Field[], { values, operands }: ReadOptions): string | null {
  const formats = ['p', 'o', 'input-format', 'output-format'].flatMap((name) => values.get(name) ?? []);
  const format = formats.find((text) => !FORMATS.test(text));
  if (format !== undefined) return format;
  const at = operands.map((operand) => args.indexOf(operand));
  const apart = at.findIndex((index, i) => i > 0 && index !== (at[i - 1] ?? 0) + 1);
  return operands[apart]?.source ?? null;
}

/** JSON and YAML filters: the filter is a program, so its words are read too. */
export const data: CommandFamily = {
  family: 'data',
  rules: {
    jq: (args, context) => query('jq', args, context),
    yq: (args, context) => query('yq', args, context),
  },
  allows: [
    'jq . package.json',
    "jq -r '.items[].metadata.name'",
    'jq \'.spec.containers[].env[] | select(.name=="A")\' pod.json',
    "jq --arg n api '.[] | select(.name==$n)' a.json",
    "yq '.image.tag' values.yaml",
    "yq -r '.a | keys' x.yaml",
    "jq '{env: .env}' x.json",
    "jq '[{a: .b, env: (.c | {env: 1})}]' x.json",
    'jq \'{a: "\\(.b)", env: 1}\' x.json',
    'yq .env values.yaml',
    'yq .a.yq',
    'yq .a f.yaml -o json',
    'yq -p yaml -o=json -I2 .a f.yaml',
  ],
  refuses: [
    "jq -n 'env.X'",
    "jq -n '$ENV.X'",
    'jq -n "\\"\\(env.X)\\""',
    'jq -f x.jq f',
    'jq -L /tmp . f',
    'jq --slurpfile a f .',
    'jq \'import "x" as x; .\'',
    "yq -n 'strenv(X)'",
    'yq -n \'load("x")\'',
    'yq \'.a |= load("x")\' f',
    'yq -i .a=1 f',
    'yq -s .a f',
    'jq . terraform.tfstate',
    "jq -n '[env]'",
    "jq '{x: env}' f",
    'jq --indent --arg . .env 2 -R .',
    'jq --arg x',
    'jq --arg=x y . f',
    'yq . .env',
    'yq .env',
    'yq -p props .env',
    'yq .env.yaml',
    `yq . -e 'import "sa-key" as $s; $s'`,
    `yq -p 'import "sa-key" as $s; $s'`,
    'yq .a -r f.yaml',
    'yq load(".env") f',
    "jq '{(env.X): 1}' f",
    "jq -n '[1][0,env:1]'",
    "jq -n '{a: [1][0,env:1]}'",
  ],
};
