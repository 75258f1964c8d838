//! Whole stories of two people, told as they would live them, and checked at every step.

mod on_the_bus;
mod too_close;
