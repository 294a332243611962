import closeWithGrace from 'close-with-grace';
import { alpha, limit, running, beta } from '../scenario.mjs';

closeWithGrace({ delay: limit }, () => Promise.all([alpha(), beta()]));
running();
