import { applyDecorators } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { ProblemCode } from '../errors/problem.js';

/** Where the declared codes wait until the document is put together; it does not keep them. */
export const DECLARED_CODES = 'x-declared-codes';

/**
 * Declares codes of a route that do not follow from what it takes and who may call it. For the document only.
 * @param codes by status: `{ 409: ['in_use'] }`.
 */
export const Refuses = (codes: Partial<Record<409 | 422 | 429, ProblemCode[]>>): MethodDecorator =>
  applyDecorators(ApiExtension(DECLARED_CODES, codes));
