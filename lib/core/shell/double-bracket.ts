import type { Word as SourceWord, TestExpression } from 'unbash';
import type { Node, Word } from './tree.ts';

/**
 * `[[ … ]]` as `test` calls joined by `&&`, `||` and `!`, where both mean the same: file and text tests, equality
 * with a literal, comparison of numbers. Null for patterns, `=~`, ordering and everything else.
 * @param lowered turns one operand into our word
 */
export function testNode(expression: TestExpression, lowered: (word: SourceWord) => Word): Node | null {
  switch (expression.type) {
    case 'TestUnary':
      return call([literal(expression.operator), lowered(expression.operand)]);
    case 'TestBinary': {
      const right = lowered(expression.right);
      const matches = /^(?:=|==|!=)$/.test(expression.operator);
      const exact = matches && right.pieces.every((piece) => piece.k === 'text');
      if (!exact && !/^-(?:eq|ne|lt|le|gt|ge|nt|ot|ef)$/.test(expression.operator)) return null;
      return call([lowered(expression.left), literal(expression.operator), right]);
    }
    case 'TestGroup':
      return testNode(expression.expression, lowered);
    case 'TestNot': {
      const stage = testNode(expression.operand, lowered);
      const negated = expression.negations.length % 2 === 1;
      return stage === null ? null : { k: 'pipe', stages: [stage], withStderr: [], negated, source: '[[ ]]' };
    }
    case 'TestLogical': {
      const operands = expression.operands.map((operand) => testNode(operand, lowered));
      return (
        operands.reduce((left, right) =>
          left === null || right === null ? null : { k: 'logic', op: expression.operator, left, right },
        ) ?? null
      );
    }
  }
}

function literal(text: string): Word {
  return { pieces: [{ k: 'text', v: text, quoted: false, odd: false }], source: text };
}

function call(words: readonly Word[]): Node {
  const source = `[[ ${words.map((word) => word.source).join(' ')} ]]`;
  return { k: 'simple', assigns: [], words: [literal('test'), ...words], redirects: [], source };
}
