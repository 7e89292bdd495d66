/** Configured sources: which one a path names, and which refs of it may be planned. */
import type { RootPath } from '../core/action.ts';
import { type Refusal, refuse } from '../core/refusal.ts';

export interface SourceRule {
  readonly name: string;
  /** Branches and tags that may be planned; `*` stands for anything but `/`. Null: the source has no refs. */
  readonly refs: { readonly allowed: readonly string[]; readonly default: string } | null;
}

/** The source that `<source>/<path>` names. */
export function sourceOf(sources: readonly SourceRule[], cwd: RootPath): SourceRule | Refusal {
  const name = sourceNameOf(cwd);
  const found = sources.find((source) => source.name === name);
  if (found !== undefined) return found;
  const known = sources.map((source) => source.name).join(', ');
  return refuse(
    'source_not_found',
    known === ''
      ? 'This gateway has no sources. The operator must configure one.'
      : `${JSON.stringify(name)} is no source of this gateway. Begin the path with one of: ${known}.`,
  );
}

export function sourceNameOf(cwd: string): string {
  return cwd.split('/')[0] ?? '';
}

/** Null where the ref may be planned; a commit is held against the allowed refs where the source is read. */
export function refuseRef(source: SourceRule, ref: string | null): Refusal | null {
  if (ref === null) return null;
  if (source.refs === null) {
    return refuse('invalid_arguments', `ref: the source ${source.name} has no refs; leave it out.`);
  }
  if (!/^[\w.][\w./+-]{0,199}$/.test(ref) || ref.includes('..') || ref.endsWith('.lock')) {
    return refuse('invalid_arguments', 'ref: give the name of a branch or tag, or a whole commit id.');
  }
  if (isCommit(ref) || isAllowedRef(source.refs.allowed, ref)) return null;
  return refuse(
    'invalid_arguments',
    `ref: ${ref} may not be planned here. Allowed: ${source.refs.allowed.join(', ')}, and commits that lie on them.`,
  );
}

export function isCommit(ref: string): boolean {
  return /^[0-9a-f]{40}$/.test(ref);
}

export function isAllowedRef(allowed: readonly string[], ref: string): boolean {
  return allowed.some((pattern) => {
    const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('[^/]*')}$`).test(ref);
  });
}
