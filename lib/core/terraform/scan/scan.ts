/**
 * The scan of a configuration before anything of it runs.
 *
 * `terraform plan` runs code and reads files with the planner's credentials, so this reader walks the snapshot
 * first, downloaded modules included, and names whatever is not on an allow list. It reads the map it is given
 * and nothing else.
 */

import type { FindingClass } from '../../finding.ts';
import { readBackend } from './backend.ts';
import type { Body } from './body.ts';
import { FindingList } from './finding-list.ts';
import { MODULES_FOLDER } from './installed-modules.ts';
import { judgeExpression, type Surroundings, unreadable } from './judge-expressions.ts';
import { judgeModule } from './judge-module.ts';
import { judgeProviders } from './judge-providers.ts';
import { decode } from './lexer.ts';
import { LOCK_FILE_NAME, readLockFile } from './lock-file.ts';
import {
  automaticVariableFiles,
  configurationFiles,
  isLocalSource,
  moduleCalls,
  shownSource,
} from './module-files.ts';
import { preparedFiles } from './prepared-files.ts';
import { isAllowedProvider } from './provider-address.ts';
import { ReadingAllowance } from './reading-allowance.ts';
import type { ScanInput, ScannedModule, ScanReport } from './scan-report.ts';
import { resolveInside } from './snapshot-path.ts';
import { readSourceFile } from './source-file.ts';
import { judgeState, recordedProvider } from './state-file.ts';
import { Unreadable } from './token.ts';

export type { SnapshotFile } from './judge-expressions.ts';
export { localModuleFolders } from './module-files.ts';
export type { ScanInput, ScannedModule, ScanReport } from './scan-report.ts';
export { judgeState, stateProviders } from './state-file.ts';

/** More calls than this is no configuration that a person wrote. */
const MAX_MODULE_CALLS = 2000;

/** Reads and judges the whole configuration. Never throws for what a configuration holds. */
export async function scanConfiguration(input: ScanInput): Promise<ScanReport> {
  const scan = new Scan(input);
  return scan.run();
}

class Scan {
  private readonly findings = new FindingList();
  private readonly allowance = new ReadingAllowance();
  private readonly providers = new Set<string>();
  private readonly modules: ScannedModule[] = [];
  private readonly read = new Map<string, readonly Body[]>();
  private readonly names = new Map<string, string[]>();
  private readonly templates = new Set<string>();
  private readonly input: ScanInput;
  private readonly root: string;

  constructor(input: ScanInput) {
    this.input = input;
    this.root = resolveInside('', input.rootModule) ?? '';
    for (const path of input.files.keys()) {
      const at = path.lastIndexOf('/');
      const folder = at === -1 ? '' : path.slice(0, at);
      const names = this.names.get(folder);
      if (names === undefined) this.names.set(folder, [path.slice(at + 1)]);
      else names.push(path.slice(at + 1));
    }
  }

  async run(): Promise<ScanReport> {
    this.judgePreparedFiles();
    const bodies = await this.module(this.root, '', '');
    const { backend, findings } = readBackend(bodies, this.input.allowedBackends);
    this.findings.add(findings);
    await this.walkCalls(bodies);
    await this.judgeVariableFiles();
    const lockFile = readLockFile(await this.file(this.path(this.root, LOCK_FILE_NAME)));
    this.judgeLockFile(Object.keys(lockFile.providers));
    this.judgeStateFiles();
    return {
      findings: this.findings.all(),
      backend,
      providers: [...this.providers].sort(),
      modules: this.modules,
      lockFile,
    };
  }

  private judgePreparedFiles(): void {
    const installed = this.input.installedModules === undefined ? [] : [this.path(this.root, MODULES_FOLDER)];
    const why = 'the source brings files that init and plan would run or trust';
    for (const path of preparedFiles(this.input.files.keys(), installed))
      this.say('prepared_plugins', 'code_execution', '', why, path);
  }

  /** Reads and judges the module in `folder`, once however often it is called. */
  private async module(folder: string, address: string, from: string): Promise<readonly Body[]> {
    const known = this.read.get(folder);
    if (known !== undefined) return known;
    const names = configurationFiles(this.names.get(folder) ?? []);
    if (names.length === 0)
      this.say(
        'module_missing',
        from === '' ? 'code_execution' : 'unapproved_module_source',
        address,
        'there is no configuration in this folder of the snapshot',
        from || folder,
      );
    const bodies: Body[] = [];
    for (const name of names) {
      const body = await this.file(this.path(folder, name));
      if (body !== null) bodies.push(body);
    }
    this.read.set(folder, bodies);
    const around = this.around(folder, address);
    const verdict = judgeProviders(bodies, around, this.input.allowedProviders);
    this.findings.add(verdict.findings);
    this.findings.add(judgeModule(bodies, around));
    for (const provider of verdict.providers) this.providers.add(provider);
    return bodies;
  }

  private async walkCalls(rootBodies: readonly Body[]): Promise<void> {
    const queue = [{ bodies: rootBodies, folder: this.root, call: '', above: [this.root] }];
    for (let at = 0; at < queue.length; at++) {
      const here = queue[at];
      if (here === undefined) break;
      for (const found of moduleCalls(here.bodies)) {
        const call = here.call === '' ? found.name : `${here.call}.${found.name}`;
        if (this.modules.length >= MAX_MODULE_CALLS) {
          this.say('too_many_modules', 'code_execution', '', 'more module calls than can be walked', call);
          return;
        }
        const address = call
          .split('.')
          .map((name) => `module.${name}`)
          .join('.');
        const folder = this.moduleFolder(here.folder, call, address, found.source);
        this.modules.push({ call, source: found.source ?? '', version: found.version, local: folder });
        if (folder === null) continue;
        if (here.above.includes(folder)) {
          this.say('module_cycle', 'unapproved_module_source', address, 'a module that calls itself', folder);
          continue;
        }
        const bodies = await this.module(folder, address, found.source ?? '');
        queue.push({ bodies, folder, call, above: [...here.above, folder] });
      }
    }
  }

  private moduleFolder(from: string, call: string, address: string, source: string | null): string | null {
    if (source !== null && isLocalSource(source)) {
      const folder = resolveInside(from, source);
      if (folder === null)
        this.say(
          'module_outside_snapshot',
          'unapproved_module_source',
          address,
          'the module lies outside the snapshot',
          source,
        );
      else this.sayUnlessInstalled(call, address, folder);
      return folder;
    }
    const installed = this.input.installedModules?.get(call);
    const folder = installed === undefined ? null : resolveInside('', installed);
    if (folder === null) this.sayUnlessInstalled(call, address, null);
    this.say(
      'unapproved_module_source',
      'unapproved_module_source',
      address,
      source === null
        ? 'the module source is not a plain text'
        : `the module comes from elsewhere: ${shownSource(source)};`,
      source ?? '(computed)',
    );
    return folder;
  }

  /** Once modules were installed, terraform takes them from where its list says: it must be what is read here. */
  private sayUnlessInstalled(call: string, address: string, folder: string | null): void {
    const { installedModules } = this.input;
    if (installedModules === undefined) return;
    const installed = installedModules.get(call);
    if (installed !== undefined && installed === folder) return;
    this.say(
      'module_elsewhere',
      'unapproved_module_source',
      address,
      'terraform would take this module from a folder that was not read',
      installed ?? '(not installed)',
    );
  }

  private async judgeVariableFiles(): Promise<void> {
    const automatic = automaticVariableFiles(this.names.get(this.root) ?? []).map((name) =>
      this.path(this.root, name),
    );
    const paths = new Set([...automatic, ...this.input.variableFiles]);
    for (const path of paths) {
      if (!this.input.files.has(path)) {
        this.say(
          'variable_file_missing',
          'reads_outside_snapshot',
          '',
          'a variable file that is not in the snapshot',
          path,
        );
        continue;
      }
      const body = await this.file(path);
      for (const attribute of body?.attributes ?? [])
        this.findings.add(
          judgeExpression(attribute.tokens, {
            ...this.around(this.root, ''),
            path: `${path}: ${attribute.name}`,
          }),
        );
    }
  }

  private judgeStateFiles(): void {
    for (const [path, file] of this.input.files) {
      if (!path.endsWith('.tfstate') || file.bytes.length === 0) continue;
      try {
        this.findings.add(judgeState(decode(file.bytes), this.input.allowedProviders, path));
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        this.findings.add([unreadable(path, error)]);
      }
    }
  }

  /** The lock file lets init install what it names. */
  private judgeLockFile(addresses: readonly string[]): void {
    for (const address of addresses)
      if (!isAllowedProvider(address, this.input.allowedProviders) && !this.providers.has(address))
        this.findings.add([recordedProvider(LOCK_FILE_NAME, address)]);
  }

  /** Null where there is no such file; an unreadable one is a finding and has no blocks. */
  private async file(path: string): Promise<Body | null> {
    const file = this.input.files.get(path);
    if (file === undefined) return null;
    try {
      return await readSourceFile({ ...file, path }, this.allowance);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.findings.add([unreadable(path, error)]);
      return { attributes: [], blocks: [] };
    }
  }

  private around(folder: string, address: string): Surroundings {
    return {
      files: this.input.files,
      rootModule: this.root,
      moduleFolder: folder,
      address,
      path: '',
      templates: this.templates,
      inType: false,
    };
  }

  private path(folder: string, name: string): string {
    return folder === '' ? name : `${folder}/${name}`;
  }

  private say(rule: string, kind: FindingClass, address: string, why: string, value: string): void {
    this.findings.add([
      { rule, class: kind, tier: null, address, why, evidence: [{ path: 'source', value }] },
    ]);
  }
}
