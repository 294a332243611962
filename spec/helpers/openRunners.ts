import { afterEach, beforeEach } from '@jest/globals';
import { expectNoOpenRunnersAfterEach } from '../../src/testing/index.js';

expectNoOpenRunnersAfterEach({ beforeEach, afterEach });
