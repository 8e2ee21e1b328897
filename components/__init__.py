"""What screens share: the shell, forms, figures, the video frame. Draws; decides nothing."""
