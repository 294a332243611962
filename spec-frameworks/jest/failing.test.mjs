import { afterEach, beforeEach, it } from '@jest/globals';
import { failing } from '../failing.mjs';

failing({ it, beforeEach, afterEach });
