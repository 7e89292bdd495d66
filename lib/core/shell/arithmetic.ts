import type { ArithmeticExpression } from 'unbash';

/**
 * The value of an arithmetic expression over plain decimal numbers, or null. Anything a shell would look up
 * (names, subscripts, substitutions) is null: a subscript can run a command.
 */
export function arithmeticValue(expression: ArithmeticExpression): string | null {
  const value = evaluate(expression);
  return value === null || !Number.isSafeInteger(value) ? null : String(value);
}

function evaluate(node: ArithmeticExpression): number | null {
  switch (node.type) {
    case 'ArithmeticWord':
      return node.parts === undefined && /^(0|[1-9]\d{0,14})$/.test(node.value) ? Number(node.value) : null;
    case 'ArithmeticGroup':
      return evaluate(node.expression);
    case 'ArithmeticUnary': {
      const operand = evaluate(node.operand);
      return operand !== null && node.prefix && node.operator === '-' ? -operand : null;
    }
    case 'ArithmeticBinary': {
      const left = evaluate(node.left);
      const right = evaluate(node.right);
      return left === null || right === null ? null : combine(node.operator, left, right);
    }
    case 'ArithmeticTernary':
    case 'ArithmeticCommandExpansion':
      return null;
  }
}

function combine(operator: string, left: number, right: number): number | null {
  if (operator === '+') return left + right;
  if (operator === '-') return left - right;
  if (operator === '*') return left * right;
  if (operator === '/') return right === 0 ? null : Math.trunc(left / right);
  if (operator === '%') return right === 0 ? null : left % right;
  return null;
}
