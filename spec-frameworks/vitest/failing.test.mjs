import { afterEach, beforeEach, it } from 'vitest';
import { failing } from '../failing.mjs';

failing({ it, beforeEach, afterEach });
