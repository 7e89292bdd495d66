import { cut } from './clean.ts';
import type { NoticeContent } from './content.ts';

/** The part of a content that says nothing. */
export function blankContent(kind: NoticeContent['kind'], environment: string, subject: string) {
  return {
    kind,
    environment,
    subject: cut(`[${environment}] ${subject}`, 150),
    command: null,
    changes: null,
    reasons: [],
    said: [],
    agentWords: null,
    approval: null,
    plan_id: null,
    run_id: null,
  };
}
