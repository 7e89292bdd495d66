/** The humans who may decide by requests that AWS IAM authorized: each IAM principal is one person. */
import { type AwsSigner, byPrincipal } from './aws-principal.ts';
import { humanName } from './human.ts';

/** One entry of the configuration. */
export interface KnownApprover {
  readonly principal: string;
  /** An e-mail address, as the policy names approvers. */
  readonly approver: string;
}

/** Who signed → approver; null for everybody whom the configuration does not name. Throws one clear sentence. */
export function approversByPrincipal(
  approvers: readonly KnownApprover[],
): (signer: AwsSigner) => string | null {
  return byPrincipal(
    approvers.map(({ principal, approver }) => {
      const means = humanName(approver);
      if (means === null) throw new TypeError(`“${approver}” is no e-mail address of an approver`);
      return { principal, means, as: `approver ${approver}` };
    }),
  );
}
