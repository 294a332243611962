import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import 'rx-runner/testing/vitest';
import { matcherSuite, suite } from '../suite.mjs';

suite({ describe, it, beforeEach, afterEach });
matcherSuite({ describe, it, expect });
