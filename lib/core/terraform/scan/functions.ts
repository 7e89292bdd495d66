/** The functions of terraform and OpenTofu, by what they can reach. A function in no list is a finding. */

export type FunctionKind =
  | { readonly kind: 'pure' }
  /** Reads the file its first argument names. */
  | { readonly kind: 'reads_file'; readonly template: boolean }
  /** Looks at a path without giving its content. */
  | { readonly kind: 'looks_at_path' }
  /** Lists files below its first argument that match its second. */
  | { readonly kind: 'lists_files' }
  /** Evaluates text that is known only at plan. */
  | { readonly kind: 'evaluates_text' }
  /** Takes the mark off a secret, so that it is shown and stored like anything else. */
  | { readonly kind: 'shows_secret' }
  | { readonly kind: 'unknown' };

/** `core::file` and `file` are the same function. */
export function functionKind(name: string): FunctionKind {
  const plain = name.startsWith('core::') ? name.slice('core::'.length) : name;
  if (plain === 'templatefile') return { kind: 'reads_file', template: true };
  if (READS_FILE.has(plain)) return { kind: 'reads_file', template: false };
  if (LOOKS_AT_PATH.has(plain)) return { kind: 'looks_at_path' };
  if (plain === 'fileset') return { kind: 'lists_files' };
  if (plain === 'templatestring') return { kind: 'evaluates_text' };
  if (plain === 'nonsensitive') return { kind: 'shows_secret' };
  if (PURE.has(plain) || PURE_PROVIDER_FUNCTIONS.has(name)) return { kind: 'pure' };
  return { kind: 'unknown' };
}

/** Words that look like calls in the `type` of a variable. */
export const TYPE_CONSTRUCTORS: ReadonlySet<string> = new Set(
  'any bool list map number object optional set string tuple'.split(' '),
);

const READS_FILE = new Set(
  'file filebase64 filebase64sha256 filebase64sha512 filemd5 filesha1 filesha256 filesha512'.split(' '),
);
const LOOKS_AT_PATH = new Set(['abspath', 'fileexists', 'pathexpand']);

const PURE = new Set(
  `abs ceil floor log max min parseint pow signum sum
  base64decode base64encode base64gunzip base64gzip base64sha256 base64sha512 bcrypt
  chomp endswith format formatlist indent join lower regex regexall replace split startswith strcontains
  strrev substr title trim trimprefix trimspace trimsuffix upper
  alltrue anytrue chunklist coalesce coalescelist compact concat contains distinct element flatten index keys
  length list lookup map matchkeys merge one range reverse setintersection setproduct setsubtract setunion slice
  sort transpose values zipmap
  csvdecode jsondecode jsonencode textdecodebase64 textencodebase64 urldecode urlencode yamldecode yamlencode
  basename dirname
  formatdate plantimestamp timeadd timecmp timestamp
  md5 rsadecrypt sha1 sha256 sha512 uuid uuidv5
  cidrcontains cidrhost cidrnetmask cidrsubnet cidrsubnets
  can convert ephemeralasnull issensitive sensitive tobool tolist tomap tonumber toset tostring try
  type`
    .split(/\s+/)
    .filter(Boolean),
);

/** Functions of HashiCorp's providers that compute from their arguments alone. */
const PURE_PROVIDER_FUNCTIONS = new Set([
  'provider::aws::arn_build',
  'provider::aws::arn_parse',
  'provider::aws::trim_iam_role_path',
  'provider::aws::user_agent',
  'provider::azurerm::normalise_resource_id',
  'provider::azurerm::parse_resource_id',
  'provider::google::location_from_id',
  'provider::google::name_from_id',
  'provider::google::project_from_id',
  'provider::google::region_from_id',
  'provider::google::region_from_zone',
  'provider::google::zone_from_id',
  'provider::kubernetes::manifest_decode',
  'provider::kubernetes::manifest_decode_multi',
  'provider::kubernetes::manifest_encode',
  'provider::terraform::decode_tfvars',
  'provider::terraform::encode_expr',
  'provider::terraform::encode_tfvars',
  'provider::time::duration_parse',
  'provider::time::rfc3339_parse',
  'provider::time::unix_timestamp_parse',
]);
