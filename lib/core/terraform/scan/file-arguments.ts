/** Arguments of resources and data sources through which a provider itself reads or writes a local path. */

export interface FileArgument {
  readonly path: string;
  /** `chart`: a local path only where it is written like one. `run`: names a program. */
  readonly access: 'file' | 'folder' | 'write' | 'chart' | 'run';
}

/** Arguments of this type that name local paths; dotted for nested blocks. */
export function fileArguments(type: string): readonly FileArgument[] {
  return ARGUMENTS.get(type) ?? [];
}

/** A resource whose whole purpose is the machine that runs terraform; null for all others. */
export function localEffect(type: string): string | null {
  if (/^local_(sensitive_)?file$/.test(type)) return 'writes a file on the machine that applies';
  if (/_command$|^shell_script|^external$/.test(type)) return 'runs a program on the machine that applies';
  return null;
}

const file = (...paths: readonly string[]): readonly FileArgument[] =>
  paths.map((path) => ({ path, access: 'file' }));

const ARCHIVE: readonly FileArgument[] = [
  { path: 'source_file', access: 'file' },
  { path: 'source_dir', access: 'folder' },
  { path: 'output_path', access: 'write' },
];

const ARGUMENTS: ReadonlyMap<string, readonly FileArgument[]> = new Map([
  ['archive_file', ARCHIVE],
  [
    'template_dir',
    [
      { path: 'source_dir', access: 'folder' },
      { path: 'destination_dir', access: 'write' },
    ],
  ],
  ['aws_s3_object', file('source')],
  ['aws_s3_bucket_object', file('source')],
  ['aws_lambda_function', file('filename')],
  ['aws_lambda_layer_version', file('filename')],
  ['aws_synthetics_canary', file('zip_file')],
  ['aws_gamelift_script', file('zip_file')],
  ['google_storage_bucket_object', file('source')],
  ['google_apigee_sharedflow', file('config_bundle')],
  ['google_apigee_api', file('config_bundle')],
  ['azurerm_storage_blob', file('source')],
  ['azurerm_storage_share_file', file('source')],
  ['azurerm_app_service', file('zip_deploy_file')],
  ['azurerm_linux_web_app', file('zip_deploy_file')],
  ['azurerm_windows_web_app', file('zip_deploy_file')],
  ['azurerm_linux_function_app', file('zip_deploy_file')],
  ['azurerm_windows_function_app', file('zip_deploy_file')],
  ['azurerm_linux_web_app_slot', file('zip_deploy_file')],
  ['azurerm_windows_web_app_slot', file('zip_deploy_file')],
  [
    'helm_release',
    [
      { path: 'chart', access: 'chart' },
      { path: 'postrender', access: 'run' },
      { path: 'keyring', access: 'file' },
      { path: 'repository_ca_file', access: 'file' },
      { path: 'repository_cert_file', access: 'file' },
      { path: 'repository_key_file', access: 'file' },
    ],
  ],
]);
