"""What a reviewer of green finance (绿色金融) judges of a footprint, and puts a name under."""
