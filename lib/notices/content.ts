/**
 * What a notice says, for every channel alike. All texts are cleaned (`clean.ts`) and of bounded length; none is
 * escaped. What the gateway computed comes first; what an agent or a human wrote is kept apart and labelled.
 */

import type { Digest } from '../core/canonical.ts';
import type { Tier } from '../core/finding.ts';
import type { ApprovalId, PlanId, RunId } from '../core/ids.ts';
import type { NoticeKind } from '../core/notice.ts';

export type Tone = 'grave' | 'wary' | 'calm';

export interface NoticeContent {
  readonly kind: NoticeKind;
  readonly environment: string;
  /** One line of the gateway's own words, at most 150 characters: a subject, a notification. */
  readonly subject: string;
  /** What the reader sees first. */
  readonly title: string;
  readonly alarm: { readonly text: string; readonly tone: Tone } | null;
  /** What would run, where that is a command. */
  readonly command: string | null;
  readonly facts: readonly Fact[];
  readonly changes: Changes | null;
  /** Why policy asks a human. */
  readonly reasons: readonly string[];
  /** What a human wrote. */
  readonly said: readonly Said[];
  /** What the agent wrote: nobody checked it. */
  readonly agentWords: AgentWords | null;
  /** The request this is about, where it is about one. */
  readonly approval: AboutApproval | null;
  readonly plan_id: PlanId | null;
  readonly run_id: RunId | null;
  /** Path of the console's page, without any secret. */
  readonly page: string;
}

export interface Fact {
  readonly label: string;
  readonly value: string;
}

export interface Changes {
  /** What changes do that none of them does alone; the worst first. */
  readonly together: readonly RiskLine[];
  /** The worst first. */
  readonly shown: readonly ChangeLine[];
  /** How many there are beside those. */
  readonly more: number;
  /** Who depends on what changes, and what leads there. */
  readonly reach: readonly string[];
}

export interface RiskLine {
  /** `data and backup deleted`. */
  readonly kind: string;
  readonly tier: Tier;
  readonly consequence: string;
  readonly why: string;
  readonly members: string;
}

export interface ChangeLine {
  readonly action: string;
  readonly address: string;
  readonly tier: Tier;
  readonly consequence: string;
  readonly why: string;
  /** `skip_final_snapshot = true`: what decided. */
  readonly evidence: readonly string[];
  /** What would be safer. */
  readonly advice: string | null;
}

export interface Said {
  readonly who: string;
  /** `rejected`, `approved`, `used break-glass`. */
  readonly did: string;
  readonly reason: string;
}

export interface AgentWords {
  readonly reason: string;
  readonly operation: string | null;
  readonly target: string | null;
}

export interface AboutApproval {
  readonly approval_id: ApprovalId;
  readonly digest: Digest;
  readonly created_at: string;
  readonly expires_at: string;
  readonly state: 'pending' | 'approved' | 'rejected' | 'expired' | 'spent' | 'withdrawn';
  /** Whether somebody can still decide it: only then are there buttons and links. */
  readonly open: boolean;
}
