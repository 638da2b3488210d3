"""Activity data (活动数据): what a site consumed, from registers that a reader has verified."""
