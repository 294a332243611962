import 'zone.js';
import '@angular/compiler';
import './setUp.js';
