import { isSecretName } from '../secrets.ts';
import { accept, type CommandFamily, type CommandRule, refuse, refused } from './rule.ts';
import { wordProblem } from './words.ts';

interface SubCommand {
  readonly flags: RegExp;
  /** What may follow, for messages. */
  readonly usage: string;
  /** One of these must be present. */
  readonly needs?: RegExp;
  readonly operands?: RegExp;
  readonly most?: number;
  /** Loads providers, which are programs. */
  readonly needsSandbox?: boolean;
}

const SUBCOMMANDS: Readonly<Record<string, SubCommand>> = {
  version: { usage: ' [-json]', flags: /^-(?:json|help)$/ },
  validate: {
    usage: ' [-json] [-no-color] [-no-tests]',
    flags: /^-(?:json|no-color|no-tests|help)$/,
    most: 0,
    needsSandbox: true,
  },
  fmt: {
    usage: ' -check [-diff] [-recursive] [PATH…]',
    flags: /^-(?:check(?:=true)?|diff|recursive|no-color|list=(?:true|false)|write=false|help)$/,
    needs: /^-(?:check(?:=true)?|write=false)$/,
    operands: /^[\w.][\w./-]*$|^-$/,
    most: 20,
  },
  providers: { usage: ' [-no-color]', flags: /^-(?:no-color|help)$/, most: 0 },
  'providers schema': { usage: ' -json', flags: /^-(?:json|no-color)$/, most: 0, needsSandbox: true },
  'workspace list': { usage: '', flags: /^-(?:no-color|help)$/, most: 0 },
  'workspace show': { usage: '', flags: /^-(?:no-color|help)$/, most: 0 },
  'state list': {
    usage: ' [ADDRESS…] [-id=ID]',
    flags: /^-(?:no-color|help|id=[\w.:/-]+)$/,
    operands: /^[\w.[\]"'-]+$/,
    most: 20,
  },
  graph: {
    usage: ' [-type=plan] [-draw-cycles]',
    flags: /^-(?:draw-cycles|no-color|type=(?:plan|plan-refresh-only|plan-destroy|apply))$/,
    most: 0,
    needsSandbox: true,
  },
  'metadata functions': { usage: ' -json', flags: /^-json$/, most: 0 },
};
const NESTED = new Set(['workspace', 'state', 'metadata']);

const terraform: CommandRule = (args) => {
  const odd = wordProblem(args);
  if (odd !== null) return refused(odd);
  const texts = args.map((arg) => arg.text);
  if (texts.length === 1 && /^(?:-v|-version|--version|-help|--help|-h)$/.test(texts[0] ?? ''))
    return accept();
  const [verb = '', second = ''] = texts;
  const nested = NESTED.has(verb) || (verb === 'providers' && second === 'schema');
  const name = nested ? `${verb} ${second}` : verb;
  const sub = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
  if (sub === undefined) {
    return refuse(
      'terraform.verb',
      `terraform ${name} is not known to be read-only`,
      'Use gateway_terraform_plan, or terraform validate, fmt -check, providers, state list.',
    );
  }
  const rest = texts.slice(nested ? 2 : 1);
  const flags = rest
    .filter((text) => text.startsWith('-') && text !== '-')
    .map((text) => text.replace(/^--/, '-'));
  const operands = rest.filter((text) => !text.startsWith('-') || text === '-');
  const bad =
    flags.find((flag) => !sub.flags.test(flag)) ??
    operands.find((text) => !sub.operands?.test(text) || text.includes('..'));
  if (bad !== undefined || operands.length > (sub.most ?? 0)) {
    return refuse(
      `terraform.${name}`,
      `terraform ${name}: ${bad ?? operands[0]} is not known to be read-only`,
      `Use: terraform ${name}${sub.usage}`,
    );
  }
  const { needs } = sub;
  if (needs !== undefined && !flags.some((flag) => needs.test(flag))) {
    return refuse(`terraform.${name}`, `terraform ${name} writes files`, `Use terraform ${name} -check.`);
  }
  if (name === 'fmt' && operands.includes('-') && flags.includes('-recursive'))
    return refuse('terraform.fmt', 'terraform fmt: - with -recursive', 'Use one of them.');
  const shown = flags.includes('-diff') ? operands.find(isSecretName) : undefined;
  if (shown !== undefined) {
    const problem = `terraform fmt -diff prints lines of ${shown}, which holds values`;
    return refuse('terraform.fmt', problem, 'Leave -diff out: -check names the files.');
  }
  return accept([], [], sub.needsSandbox ?? false);
};

/** What terraform (and OpenTofu) say without a plan. State values and outputs are never among it. */
export const terraformFamily: CommandFamily = {
  family: 'terraform',
  rules: { terraform, tofu: terraform },
  allows: [
    'terraform version',
    'terraform validate',
    'terraform fmt -check -recursive modules',
    'terraform fmt -check -diff main.tf',
    'terraform fmt -check prod.tfvars',
    'terraform workspace list',
    'terraform providers',
    'terraform state list',
    'tofu -version',
  ],
  refuses: [
    'terraform fmt',
    'terraform fmt -check=false',
    'terraform plan',
    'terraform -chdir=x validate',
    'terraform show -json',
    'terraform output -json',
    'terraform state pull',
    'terraform state show x',
    'terraform providers mirror x',
    'terraform init',
    'terraform workspace new x',
    'terraform validate -test-directory=x',
    'terraform fmt -check ../../x',
    'terraform fmt -check -diff prod.tfvars',
  ],
};
