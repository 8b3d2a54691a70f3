import numpy as np

from hand_geo_keras.synthetic.contact_sheet import contact_sheet


def test_one_row_per_subject_and_one_column_per_view():
    sheet = contact_sheet(num_subjects=1, num_views=2, size=48, instant=0)
    assert sheet.shape == (48, 96, 3) and sheet.dtype == np.uint8
    assert sheet.std() > 10
