import type { JudgedRun, JudgedScript } from '../../core/shell/script.ts';

/** Every program call of a script, those in substitutions included. */
export function runsOf(script: JudgedScript): JudgedRun[] {
  switch (script.kind) {
    case 'run': {
      const inner = script.words.flatMap((word) =>
        word.kind === 'join'
          ? word.parts.flatMap((part) => (part.kind === 'output' ? runsOf(part.script) : []))
          : word.kind === 'process'
            ? runsOf(word.script)
            : [],
      );
      return [script, ...inner];
    }
    case 'sequence':
      return script.nodes.flatMap(runsOf);
    case 'and':
    case 'or':
      return [...runsOf(script.left), ...runsOf(script.right)];
    case 'pipe':
      return script.stages.flatMap(runsOf);
    case 'if':
      return [script.test, script.body, ...(script.otherwise === null ? [] : [script.otherwise])].flatMap(
        runsOf,
      );
    case 'each':
      return runsOf(script.sample);
    case 'not':
    case 'subshell':
    case 'shell':
    case 'limit':
      return runsOf(script.body);
    case 'cd':
    case 'options':
    case 'lookup':
    case 'nothing':
      return [];
  }
}
