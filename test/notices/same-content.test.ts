/** Wherever a person decides, the same is said: what decided, what would be safer, what leads to what depends on it. */
import { expect, it } from 'vitest';
import { evaluationText } from '../../bin/text/evaluation-text.ts';
import { PIPE } from '../../bin/text/screen.ts';
import type { Evaluation } from '../../lib/core/finding.ts';
import { compose } from '../../lib/notices/compose.ts';
import { htmlPart } from '../../lib/notices/email/html-part.ts';
import { textPart } from '../../lib/notices/email/text-part.ts';
import { EVALUATION } from '../control/stage.ts';
import { noticeStage, requested } from './stage.ts';

const evaluation: Evaluation = {
  ...EVALUATION,
  changes: EVALUATION.changes.map((change, index) =>
    index === 1 ? { ...change, deposed: 'd3p0s3d0' } : change,
  ),
  cross_action_risks: [
    {
      kind: 'data_and_backup_deleted',
      members: ['aws_db_instance.main', 'aws_db_snapshot.last'],
      tier: 4,
      why: 'The database and its last snapshot go together.',
    },
  ],
  blast_radius: [
    {
      address: 'aws_db_instance.main',
      direct: ['aws_route53_record.db'],
      all: ['aws_route53_record.db', 'aws_ecs_service.api'],
      total: { direct: 1, all: 77 },
      paths: [{ address: 'aws_ecs_service.api', through: ['aws_route53_record.db', 'module.api.var.host'] }],
    },
  ],
};

const SAID = [
  'data and backup deleted',
  'The database and its last snapshot go together.',
  'aws_db_snapshot.last',
  'aws_db_instance.main',
  'The database is deleted without a final snapshot',
  'skip_final_snapshot = true',
  'backup_retention_period = 0',
  'Set skip_final_snapshot to false and name a final_snapshot_identifier, apply that, then delete.',
  'd3p0s3d0',
  'ingress[0].cidr_blocks = ["0.0.0.0/0"]',
  'aws_db_instance.main',
  '77',
  'aws_ecs_service.api',
  'aws_route53_record.db → module.api.var.host',
];

const plain = (text: string) =>
  text
    .replace(/<[^>]*>/g, '')
    .replaceAll('&quot;', '"')
    .replaceAll('\u200b', '')
    .replace(/\s+/g, ' ');

it('on the page, in both parts of a mail and at a terminal, in the same order', async () => {
  const on = await noticeStage([]);
  const approval = await on.ask({ plan: { evaluation } });
  const content = await compose(on.deps, requested(approval));
  if ('skip' in content) throw new Error(content.skip);
  const letter = { content, link: null, pageUrl: null };
  const link = await on.approvalLink(approval, 'bob@example.com');
  const page = await (await on.request(`/a/${approval.approval_id}?t=${link}`)).text();
  const shown = {
    page: plain(page),
    'mail, HTML': plain(await htmlPart(letter)),
    'mail, text': plain(textPart(letter)),
    terminal: plain(evaluationText(evaluation, PIPE)).replaceAll('_and_backup_', ' and backup '),
  };
  for (const [where, text] of Object.entries(shown)) {
    let from = 0;
    for (const words of SAID) {
      const at = text.indexOf(words, from);
      expect([where, words, at >= 0]).toEqual([where, words, true]);
      from = at;
    }
  }
});
