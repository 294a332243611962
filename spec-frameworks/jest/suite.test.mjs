import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import 'rx-runner/testing/jest';
import { matcherSuite, suite } from '../suite.mjs';

suite({ describe, it, beforeEach, afterEach });
matcherSuite({ describe, it, expect });
