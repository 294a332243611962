import { NEVER, of, Subject, type Observable } from 'rxjs';
import { describe, expect, test } from 'tstyche';
import {
  group,
  runner,
  type GroupOptions,
  type LifecycleEvent,
  type Member,
  type MemberValue,
  type RecordOptions,
  type RunContext,
  type TaggedValue,
} from 'rx-runner';

interface Services {
  readonly api: Observable<number>;
  readonly worker: Observable<string>;
}

declare const services: Services;
declare const plainOptions: RecordOptions<'api'>;
declare const taggedOptions: RecordOptions<'api', true>;

describe('group', () => {
  test('merges the values of an array of members', () => {
    expect(group([of(1), of('a')])).type.toBe<Observable<number | string>>();
    expect(group([of(1), () => 'ab'.split('')])).type.toBe<Observable<number | string>>();
    expect(
      group([
        runner(async () => {
          await Promise.resolve();
        }),
        of(true),
      ]),
    ).type.toBe<Observable<boolean>>();
    expect(group([])).type.toBe<Observable<never>>();
  });

  test('merges the values of a tuple and of a readonly array', () => {
    const members = [of(1), of('a')] as const;

    expect(group(members)).type.toBe<Observable<number | string>>();
  });

  test('merges the values of any iterable', () => {
    expect(group(new Set([of(1)]))).type.toBe<Observable<number>>();
    expect(group(new Map([['a', of(1)]]).values())).type.toBe<Observable<number>>();
  });

  test('merges the values of a record', () => {
    expect(group({ a: of(1), b: Promise.resolve('b') })).type.toBe<Observable<number | string>>();
    expect(
      group({
        a: () => {
          Math.random();
        },
        b: async () => {
          await Promise.resolve();
        },
      }),
    ).type.toBe<Observable<never>>();
    expect(group({})).type.toBe<Observable<never>>();
  });

  test('takes an interface as a record', () => {
    expect(group(services)).type.toBe<Observable<number | string>>();
  });

  test('takes a record with a plain string index', () => {
    const byName: Record<string, Observable<number>> = {};

    expect(group(byName)).type.toBe<Observable<number>>();
    expect(group).type.toBeCallableWith(byName, { until: ['whatever'] });
  });

  test('takes groups in groups', () => {
    expect(group({ a: group({ b: of(1) }), c: group([of('a')]) })).type.toBe<Observable<number | string>>();
  });

  test('gives a run function its context', () => {
    void group({
      api: (context) => {
        expect(context).type.toBe<RunContext>();
        return NEVER;
      },
    });
    void group([
      ({ signal }: RunContext) => {
        expect(signal).type.toBe<AbortSignal>();
        return NEVER;
      },
    ]);
  });

  test('knows the names that until may have', () => {
    const record = { api: NEVER, worker: NEVER };

    expect(group).type.toBeCallableWith(record, { until: ['api'] });
    expect(group).type.toBeCallableWith(record, { until: ['api', 'worker'] });
    expect(group).type.toBeCallableWith(record, { until: [] });
    expect(group).type.not.toBeCallableWith(record, { until: ['wroker'] });
    expect(group).type.not.toBeCallableWith(record, { until: ['api', 'wroker'] });
    expect(group).type.not.toBeCallableWith(record, { until: 'api' });
  });

  test('knows the names of an interface', () => {
    expect(group).type.toBeCallableWith(services, { until: ['api'] });
    expect(group).type.not.toBeCallableWith(services, { until: ['wroker'] });
  });

  test('takes any names for an array, whose members may be named later', () => {
    expect(group).type.toBeCallableWith([NEVER], { until: ['api'] });
  });

  test('takes the options that there are', () => {
    const lifecycle = new Subject<LifecycleEvent>();
    const { signal } = new AbortController();

    expect(group).type.toBeCallableWith([NEVER], {});
    expect(group).type.toBeCallableWith([NEVER], { until: 'first', errors: 'all', concurrency: 1, signal, lifecycle });
    expect(group).type.toBeCallableWith([NEVER], { until: 'error', errors: 'first', grace: 100 });
    expect(group).type.toBeCallableWith([NEVER], { until: 'all', grace: of(1) });
    expect(group).type.toBeCallableWith([NEVER], { grace: Promise.resolve() });
    expect(group).type.toBeCallableWith([NEVER], { lifecycle: { next: (_: LifecycleEvent) => undefined } });
  });

  test('refuses other options', () => {
    expect(group).type.not.toBeCallableWith([NEVER], { until: 'last' });
    expect(group).type.not.toBeCallableWith([NEVER], { errors: 'none' });
    expect(group).type.not.toBeCallableWith([NEVER], { grace: true });
    expect(group).type.not.toBeCallableWith([NEVER], { concurrency: '1' });
    expect(group).type.not.toBeCallableWith([NEVER], { signal: new AbortController() });
    expect(group).type.not.toBeCallableWith([NEVER], { lifecycle: 'log' });
    expect(group).type.not.toBeCallableWith([NEVER], { unitl: 'first' });
    expect(group).type.not.toBeCallableWith([NEVER], 'first');
  });

  test('refuses what are no members', () => {
    expect(group).type.not.toBeCallableWith();
    expect(group).type.not.toBeCallableWith([1]);
    expect(group).type.not.toBeCallableWith([NEVER, null]);
    expect(group).type.not.toBeCallableWith({ a: 1 });
    expect(group).type.not.toBeCallableWith({ a: NEVER, b: {} });
    expect(group).type.not.toBeCallableWith([() => 1]);
  });

  test('refuses lists as members', () => {
    expect(group).type.not.toBeCallableWith({ servers: [NEVER, NEVER] });
    expect(group).type.not.toBeCallableWith({ api: NEVER, servers: new Set([NEVER]) });
    expect(group).type.not.toBeCallableWith([[NEVER]]);
    expect(group).type.not.toBeCallableWith(new Map([['api', NEVER]]));
    expect(group).type.not.toBeCallableWith(['text']);
    expect(group).type.not.toBeCallableWith('text');
    expect(group).type.not.toBeCallableWith({ api: 'text' });
    expect(group).type.not.toBeCallableWith([{ length: 0 }]);
  });

  test('refuses what is neither a list nor a record of members', () => {
    expect(group).type.not.toBeCallableWith(undefined);
    expect(group).type.not.toBeCallableWith(null);
    expect(group).type.not.toBeCallableWith(1);
  });

  test('knows the names that needs may have', () => {
    const record = { api: NEVER, db: NEVER, broker: () => NEVER };

    expect(group).type.toBeCallableWith(record, { needs: { api: ['db', 'broker'] } });
    expect(group).type.toBeCallableWith(record, { needs: { api: ['db'], db: [] }, until: ['api'], startWithin: 100 });
    expect(group).type.toBeCallableWith(record, { needs: { api: ['db'] } as const });
    expect(group).type.toBeCallableWith(record, { needs: {} });
    expect(group).type.not.toBeCallableWith(record, { needs: { api: ['bd'] } });
    expect(group).type.not.toBeCallableWith(record, { needs: { apy: ['db'] } });
    expect(group).type.not.toBeCallableWith(record, { needs: { api: 'db' } });
    expect(group).type.not.toBeCallableWith(record, { needs: ['db'] });
    expect(group).type.not.toBeCallableWith(record, { startWithin: '1s' });
  });

  test('knows the names that needs may have, of an interface and of a plain string index', () => {
    const byName: Record<string, Observable<number>> = {};

    expect(group).type.toBeCallableWith(services, { needs: { api: ['worker'] } });
    expect(group).type.not.toBeCallableWith(services, { needs: { api: ['wroker'] } });
    expect(group(byName, { needs: { any: ['whatever'] } })).type.toBe<Observable<number>>();
    expect(group(byName, { tagged: true })).type.toBe<
      Observable<{ readonly member: string; readonly value: number }>
    >();
  });

  test('leaves the values as they are, with needs', () => {
    const record = { api: of(1), db: of('a') };

    expect(group(record, { needs: { api: ['db'] } })).type.toBe<Observable<number | string>>();
    expect(group(record, { needs: { api: ['db'] }, tagged: false })).type.toBe<Observable<number | string>>();
  });

  test('refuses for a list what needs names', () => {
    expect(group).type.not.toBeCallableWith([NEVER], { needs: {} });
    expect(group).type.not.toBeCallableWith([NEVER], { startWithin: 100 });
    expect(group).type.not.toBeCallableWith([NEVER], { tagged: true });
    expect(group).type.toBeCallableWith([NEVER], { report: true });
    expect(group).type.toBeCallableWith({ api: NEVER }, { report: true });
    expect(group).type.not.toBeCallableWith([NEVER], { report: 'yes' });
  });

  test('tells tagged values apart by their member', () => {
    const tagged = group({ api: of(1), db: async () => Promise.resolve('a'), log: NEVER }, { tagged: true });

    expect(tagged).type.toBe<
      Observable<
        | { readonly member: 'api'; readonly value: number }
        | { readonly member: 'db'; readonly value: string }
        | { readonly member: 'log'; readonly value: never }
      >
    >();
    void tagged.forEach((each) => {
      if (each.member === 'api') expect(each.value).type.toBe<number>();
      if (each.member === 'db') expect(each.value).type.toBe<string>();
    });
    expect(group(services, { tagged: true })).type.toBe<Observable<TaggedValue<Services>>>();
    expect(group({ api: of(1), db: of('a') }, { tagged: true, needs: { api: ['db'] } })).type.toBe<
      Observable<{ readonly member: 'api'; readonly value: number } | { readonly member: 'db'; readonly value: string }>
    >();
    expect(group).type.not.toBeCallableWith({ api: NEVER }, { tagged: true, needs: { api: ['bd'] } });
    expect(group).type.not.toBeCallableWith({ api: NEVER }, { tagged: true, until: ['bd'] });
  });

  test('refuses tagged where it may be true or false', () => {
    const tagged = Math.random() > 0.5;

    expect(group).type.not.toBeCallableWith({ api: NEVER }, { tagged });
    expect(group({ api: of(1) }, { tagged: false })).type.toBe<Observable<number>>();
  });

  test('gives the functions of a record their contexts, whatever the options', () => {
    const result = group(
      {
        api: ({ ready }) => {
          ready();
          return of(1);
        },
        db: async (context) => {
          expect(context).type.toBe<RunContext>();
          await Promise.resolve();
        },
      },
      { tagged: true, lifecycle: { next: ({ path }) => path } },
    );

    expect(result).type.toBe<
      Observable<{ readonly member: 'api'; readonly value: number } | { readonly member: 'db'; readonly value: never }>
    >();
    expect(
      group([
        (context) => {
          expect(context).type.toBe<RunContext>();
          return of(1);
        },
      ]),
    ).type.toBe<Observable<number>>();
  });

  test('can be called from what is generic itself', () => {
    const listOf = <T>(members: Observable<T>[]): Observable<T> => group(members, { until: 'all' });
    const recordOf = <T>(members: Record<string, Observable<T>>): Observable<T> => group(members, { needs: {} });

    expect(listOf([of(1)])).type.toBe<Observable<number>>();
    expect(recordOf({ a: of('a') })).type.toBe<Observable<string>>();
  });

  test('has options that can be written down', () => {
    expect(group({ api: of(1) }, plainOptions)).type.toBe<Observable<number>>();
    expect(group({ api: of(1) }, taggedOptions)).type.toBe<
      Observable<{ readonly member: 'api'; readonly value: number }>
    >();
    expect<GroupOptions>().type.toBeAssignableFrom({ until: ['any', 'name'] as const });
    expect<GroupOptions<'api'>>().type.toBeAssignableFrom({ until: ['api'] as const });
    expect<GroupOptions<'api'>>().type.not.toBeAssignableFrom({ until: ['worker'] as const });
    expect<RecordOptions<'api' | 'db'>>().type.toBeAssignableFrom({ needs: { api: ['db'] as const } });
    expect<RecordOptions<'api' | 'db'>>().type.not.toBeAssignableFrom({ needs: { api: ['bd'] as const } });
  });

  test('has the values of a member', () => {
    expect<MemberValue<Observable<number>>>().type.toBe<number>();
    expect<MemberValue<Promise<string>>>().type.toBe<string>();
    expect<MemberValue<() => Promise<void>>>().type.toBe<never>();
    expect<MemberValue<() => Observable<number>>>().type.toBe<number>();
    expect<MemberValue<() => number[]>>().type.toBe<number>();
    expect<MemberValue<() => Promise<Observable<number>>>>().type.toBe<number>();
    expect<MemberValue<() => Promise<number[]>>>().type.toBe<number[]>();
  });

  test('has members of many kinds', () => {
    expect<Member>().type.toBeAssignableFrom(NEVER);
    expect<Member>().type.toBeAssignableFrom(Promise.resolve());
    expect<Member>().type.toBeAssignableFrom(async () => {
      await Promise.resolve();
    });
    expect<Member>().type.not.toBeAssignableFrom(1);
    expect<Member>().type.not.toBeAssignableFrom([1]);
    expect<Member>().type.not.toBeAssignableFrom('text');
    expect<Member>().type.not.toBeAssignableFrom(new Map([['a', 1]]));
    expect<Member>().type.not.toBeAssignableFrom(null);
  });
});
