import { Observable, type OperatorFunction } from 'rxjs';
import { checkGroupOptions } from './internal/checkGroupOptions.js';
import { MemberGroup } from './internal/memberGroup.js';
import type { GroupOptions, Member, MemberValue } from './types.js';

export function runGroup<M extends Member>(options: GroupOptions = {}): OperatorFunction<M, MemberValue<M>> {
  checkGroupOptions('runGroup', options);
  return (source) =>
    new Observable((subscriber) => {
      new MemberGroup<MemberValue<M>>(subscriber, options).runEach(source);
    });
}
